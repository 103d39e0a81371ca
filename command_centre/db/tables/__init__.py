"""The tables of the centre's database, by what they are about; ``db.schema`` offers all of them."""
