"""Markdown, HTML and other marks for the eye, in any language."""

from appliance.pipeline.spoken.reader import Rule, said, silent

LINE_START = r"(?m:^)[ \t]*"

RULES = (
    # Targets of links, images and footnotes; the text of a link is read as any other.
    Rule(r"!?\[(?=[^\]\n]{0,200}\]\()|\]\([^)\s]{0,500}(?:\s+\"[^\"\n]*\")?\)", silent),
    Rule(r"\[\^?\d{1,3}\]:?", silent),
    Rule(r"</?[A-Za-z][^<>\n]{0,200}>|<!--.{0,500}?-->", silent),
    Rule(r"&(?:nbsp|quot|apos|lt|gt|#\d{1,6});", silent),
    # Rulers, rows that only draw a table, headings, quotations, bullets, boxes to tick.
    Rule(LINE_START + r"(?:[-*_=~|:][ \t]*){3,}(?=\n|$)", silent),
    Rule(LINE_START + r"(?:#{1,6}|>+|[-*+•‣◦·–])(?:[ \t]+\[[ xX]\])?(?=\s)", silent),
    # Faces made of signs, because some signs would be read.
    Rule(r"(?<!\S)(?:[:;]['’]?[-o^]?[()\[\]DPpO|/\\*]+|[xX]D)(?=[\s.,!?]|$)", silent),
    Rule(r"<3|\((?=[^()\s]*[^\w\s()])(?![^()]*[^\W_]{2})[^()\s\d]{2,12}\)", silent),
    # A new line ends whatever was said in the line before.
    Rule(r"\s*\n(?=[ \t]*\S)", said(".")),
)
