"""Inline Markdown as HTML and as plain text."""

from __future__ import annotations

import pytest

from leafbeam.write.inline import Markup, has_maths, to_html, to_plain

PAGE = Markup(page=True, notes=frozenset({"1"}), unsure=frozenset({"maybe"}))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("*a* **b** ~~c~~ `d*e*`", "<em>a</em> <strong>b</strong> <s>c</s> <code>d*e*</code>"),
        ("x<sup>2</sup><sub>*n*</sub>", "x<sup>2</sup><sub><em>n</em></sub>"),
        ("<sup>open", "&lt;sup&gt;open"),
        ("*a <sup>b* c</sup>", "*a <sup>b* c</sup>"),
        ("<b onclick=x>a</b>", "&lt;b onclick=x&gt;a&lt;/b&gt;"),
        ("a<br>b\nc", "a<br>\nb<br>\nc"),
        ("$5 and $6", "$5 and $6"),
        ("cost $5, or $x<y$.", 'cost $5, or <span class="math">x&lt;y</span>.'),
        (r"\$x\$ \*y\*", "$x$ *y*"),
        ("a[^1] b[^9]", 'a<sup><a href="#note-1">1</a></sup> b<sup>9</sup>'),
        ("[a *b*](https://x.org/?a=1&b=2)", '<a href="https://x.org/?a=1&amp;b=2">a <em>b</em></a>'),
        ("[mail](mailto:a@b.c)", '<a href="mailto:a@b.c">mail</a>'),
        ("[x](javascript:alert(1))", "[x](javascript:alert(1))"),
        ("[x](data:text/html,a)", "[x](data:text/html,a)"),
        ("[x](file:///etc/passwd)", "[x](file:///etc/passwd)"),
        ("[x](//evil.example)", "[x](//evil.example)"),
        ('<script>alert(1)</script> & "q"', "&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;q&quot;"),
        ("maybe it <b>maybe</b>", '<span class="unsure">maybe</span> it <b><span class="unsure">maybe</span></b>'),
    ],
)
def test_html_of_a_page(text: str, wanted: str) -> None:
    assert to_html(text, PAGE) == wanted


def test_plain_text_has_no_marks() -> None:
    assert to_plain("*a* [b](https://x.org) `c` $x^2$ d[^1-p3] <sup>e</sup><br>f & g") == "a b c x^2 d[1] e\nf & g"


def test_maths_are_told_from_money() -> None:
    assert has_maths("so $x$ it is")
    assert not has_maths("from $5 to $6")
    assert not has_maths("`$x$`")
