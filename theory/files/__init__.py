"""Files: texts written whole or not at all, and JSON that anybody may have written.

Read `json_file.py` first, then `json_record.py`, which says what the fields of an object have to be.
"""
