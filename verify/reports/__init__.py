"""Reports: everything found out about a trained model as a page, the atlas of small groups, and the demo.

Read `findings.py` first; `report_folder.py` writes what it gathers, `report_html.py` says it.
"""
