"""The study's database: everything that was read, drawn, handed out and returned."""
