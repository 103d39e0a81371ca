"""What pages see of retention and legal holds."""

from __future__ import annotations

from command_centre.desk.retention_book import Carried, Hold, Proposal
from command_centre.desk.views import View


class CategoryView(View, frozen=True):
    """A category; ``years`` is null for the permanent one."""

    id: str
    years: float | None


class HoldView(View, frozen=True):
    """A legal hold that lies on a case or a session."""

    id: str
    reason: str
    by_name: str
    placed_us: int

    @classmethod
    def of(cls, hold: Hold) -> HoldView:
        """A hold of the book."""
        return cls(id=hold.id, reason=hold.reason, by_name=hold.by_name, placed_us=hold.placed_us)


class ConfirmedView(View, frozen=True):
    """Somebody who confirmed an end."""

    account: str
    name: str
    t_us: int


class ProposalView(View, frozen=True):
    """That a session's retention should end; two people must confirm it."""

    until_us: int
    proposed_us: int
    confirmed: list[ConfirmedView]

    @classmethod
    def of(cls, proposal: Proposal) -> ProposalView:
        """A proposal of the book."""
        return cls(
            until_us=proposal.until_us,
            proposed_us=proposal.proposed_us,
            confirmed=[
                ConfirmedView(account=one.by, name=one.by_name, t_us=one.t_us)
                for one in proposal.confirmed
            ],
        )


class EndedView(View, frozen=True):
    """A session whose media are gone by decision."""

    t_us: int
    names: list[str]
    files: int

    @classmethod
    def of(cls, carried: Carried) -> EndedView:
        """An end of the book."""
        return cls(t_us=carried.t_us, names=list(carried.names), files=carried.files)


class SessionRetention(View, frozen=True):
    """One session: is it encrypted, how long is it kept, what holds it."""

    session: str
    encrypted: bool
    permanent: bool
    until_us: int | None
    holds: list[HoldView]  # of this session alone
    proposal: ProposalView | None
    ended: EndedView | None


class CaseRetention(View, frozen=True):
    """A case: its category, the holds on all of it, and its sessions."""

    category: str
    categories: list[CategoryView]
    holds: list[HoldView]
    sessions: list[SessionRetention]
