//! The memory: SQLite and PostgreSQL with one SQL, and the vault.
