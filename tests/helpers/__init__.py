"""What several test files share: `from helpers.planting import plant`."""
