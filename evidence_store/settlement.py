"""The books of a log, closed: time, late files and retention, all into one report.

Both ladders settle alike, step 8 of a package and step 6 of a store. Standard library only.
"""

from __future__ import annotations

from evidence_store.accounting import settle
from evidence_store.books import Books
from evidence_store.late_account import settle_late
from evidence_store.payload_check import tell_ended
from evidence_store.report import Report
from evidence_store.time_account import settle_time


def settle_books(books: Books, report: Report) -> None:
    """Add what the entries of a log say of time, and of what was ended or came late."""
    for findings, notices in (
        settle(books),
        settle_time(books),
        settle_late(books),
        books.retention.settle(books.sessions),
    ):
        report.findings += findings
        report.notices += notices
    tell_ended(report, books.retention.ended)
