"""Reading with a model behind an OpenAI-compatible server.

client (one streamed answer) and pace (how many at once) under attempts (what to try when an answer is bad), joined in
reader; tiles cuts a page in two and puts the answers together; confidence reads token probabilities; located
puts words and figures where the offline reader saw them.
"""
