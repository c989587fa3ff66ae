"""Alembic's migrations of `study.db`, from the first version on."""
