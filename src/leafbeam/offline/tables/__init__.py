"""Tables: found by rulings and alignment, built as one grid with spans."""

from leafbeam.offline.tables.find import find_tables
from leafbeam.offline.tables.records import FoundTable, TablePage
from leafbeam.offline.tables.rulings import find_rulings

__all__ = ["FoundTable", "TablePage", "find_rulings", "find_tables"]
