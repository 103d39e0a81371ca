"""The centre's database: schema, migrations, one writer, seeds. Knows no HTTP and no bus."""
