"""The offline reader: small models and the PDF's own text layer, no network, no GPU."""
