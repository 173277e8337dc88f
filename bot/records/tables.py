"""The foundation of all tables: names of constraints and the instance itself."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import MetaData, String, false
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from bot.records.columns import EncryptedText, Moment


class Table(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {datetime: Moment}


class Instance(Table):
    """One row: proves at start that the keys are this database's."""

    __tablename__ = "instance"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    proof: Mapped[str] = mapped_column(EncryptedText, comment="A known text, encrypted with the keys of this database")
    name: Mapped[str] = mapped_column(String(32), comment="Random name of this installation")
    is_invented: Mapped[bool] = mapped_column(default=False, server_default=false(), comment="Filled with invented people, for load tests")


def lock(session: Session, row: Table) -> None:
    """Nobody else changes that row until this transaction ends, and what they did before is seen. It stays to be referred to."""
    session.flush()
    session.refresh(row, with_for_update={"key_share": True})


def is_invented(session: Session) -> bool:
    return session.get_one(Instance, 1).is_invented
