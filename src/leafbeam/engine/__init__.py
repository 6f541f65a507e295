"""The engine: many pages at once through one model, with paged memory, drafts and confidence.

``Engine.run`` is the story: admit, encode pictures, plan a pass, run it, settle what it wrote.
"""
