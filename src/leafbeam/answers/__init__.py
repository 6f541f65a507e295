"""What vision-language models write about a page, understood: their families, their faults, their markup.

families (what to ask) -> clean and loops (what to cut) -> markdown or grounding (text to pieces; tables, formulas)
-> page (pieces to a reading with blocks, figures and problems). Shared by the readers that run such models.
"""
