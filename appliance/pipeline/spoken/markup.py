"""Markdown, HTML and other marks for the eye, in any language."""

from appliance.pipeline.spoken.reader import Rule, said, silent

LINE_START = r"(?m:^)[ \t]*"

RULES = (
    # Only the text of a link is read.
    Rule("[text](url), ![image](url)", r"!?\[(?=[^\]\n]{0,200}\]\()", silent),
    Rule("[text](url)", r"\]\([^)\s]{0,500}(?:\s+\"[^\"\n]*\")?\)", silent),
    Rule("a fact[1]", r"\[\^?\d{1,3}\]:?", silent),
    Rule("<b>bold</b>", r"</?[A-Za-z][^<>\n]{0,200}>|<!--.{0,500}?-->", silent),
    Rule("&nbsp;", r"&(?:nbsp|quot|apos|lt|gt|#\d{1,6});", silent),
    Rule("---", LINE_START + r"(?:[-*_=~|:][ \t]*){3,}(?=\n|$)", silent),
    Rule(
        "# Heading\n> quotation\n- item",
        LINE_START + r"(?:#{1,6}|>+|[-*+•‣◦·–])(?:[ \t]+\[[ xX]\])?(?=\s)",
        silent,
    ),
    # Faces made of signs that would be read.
    Rule(":-)", r"(?<!\S)(?:[:;]['’]?[-o^]?[()\[\]DPpO|/\\*]+|[xX]D)(?=[\s.,!?]|$)", silent),
    Rule("I <3 you", r"<3", silent),
    Rule("(╯°□°)", r"\((?=[^()\s]*[^\w\s()])(?![^()]*[^\W_]{2})[^()\s\d]{2,12}\)", silent),
    # A new line ends whatever was said in the line before.
    Rule("one\ntwo", r"\s*\n(?=[ \t]*\S)", said(".")),
)
