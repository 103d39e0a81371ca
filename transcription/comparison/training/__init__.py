"""How the small trained parts of the comparison are made; nothing here runs in the product."""
