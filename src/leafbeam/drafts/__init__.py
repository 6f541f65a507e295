"""Drafts: what a model will probably write next, proposed from text that is already known about the page.

Verifying many proposed tokens costs a model little more than making one, and greedy decoding with verification writes
exactly what it would write without. A draft (the PDF's text layer, the offline reader's words) differs from what a
model writes: recognition errors, another order, no Markdown marks, furniture that the model leaves out. ``Alignment``
follows the model through such a text, ``Lookback`` proposes repetitions of what it wrote itself, ``Proposer`` joins
both and chooses how much to propose. Standard library only, so that a plug-in of a server can use it alone.
"""

from leafbeam.drafts.alignment import Alignment, Trust
from leafbeam.drafts.lookback import Lookback
from leafbeam.drafts.proposer import Costs, Encoded, Proposer

__all__ = ["Alignment", "Costs", "Encoded", "Lookback", "Proposer", "Trust"]
