"""The text of all versions, passage by passage, as the search holds it: derived, and made anew when it is lost."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field, SQLModel


class PassageRow(SQLModel, table=True):
    """One distinct passage of a page, folded, and the versions outside of which it does not stand."""

    __tablename__ = "passage"
    __table_args__ = (Index("passage_of_page", "page", "mark"),)
    id: int | None = Field(default=None, primary_key=True)
    page: int = Field(foreign_key="page.id")
    snapshot: int  #: the version in which it first stood
    gone: int | None = None  #: the version from which on it stood in none; between the two there may be some without it
    mark: int  #: of the text (`folding.mark`), by which it is found
    text: str
