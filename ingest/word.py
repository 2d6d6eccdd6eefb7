"""Word files (DOCX) to Markdown: mammoth reads them as HTML, which goes the way of web pages.

Old binary .doc files are another format, and are refused with that reason.
"""

import io
import zipfile

from ingest.document import Source
from ingest.errors import UnreadableDocument
from ingest.webpage import parse_html, to_markdown

# Bytes of a Word file when unpacked. Text shrinks some tenfold, so that a file within the limit of
# `readers` may hold this; what holds more was made to fill a memory.
MAX_UNPACKED = 200_000_000
_OLE = b"\xd0\xcf\x11\xe0"
_STYLES = """
p[style-name='Title'] => h1.title:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='TOC Heading'] => !
p[style-name='toc 1'] => !
p[style-name='toc 2'] => !
p[style-name='toc 3'] => !
p[style-name='toc 4'] => !
p[style-name='List Bullet'] => ul > li:fresh
p[style-name='List Bullet 2'] => ul|ol > li > ul > li:fresh
p[style-name='List Bullet 3'] => ul|ol > li > ul|ol > li > ul > li:fresh
p[style-name='List Number'] => ol > li:fresh
p[style-name='List Number 2'] => ul|ol > li > ol > li:fresh
p[style-name='List Number 3'] => ul|ol > li > ul|ol > li > ol > li:fresh
"""


def read_word(raw: bytes) -> Source:
    """The text of a Word file as Markdown.

    Raises:
        UnreadableDocument: it is not a sound DOCX file, is encrypted, or unpacks to too much.
    """
    _check(raw)
    import mammoth

    html = mammoth.convert_to_html(
        io.BytesIO(raw),
        style_map=_STYLES,
        convert_image=mammoth.images.img_element(lambda image: {"src": ""}),
    ).value
    soup = parse_html(html)
    if soup.find("h1", class_="title"):  # what the styles call level 1 stands below the title
        for level in range(5, 0, -1):
            for tag in soup.find_all(f"h{level}"):
                if "title" not in tag.get_attribute_list("class"):
                    tag.name = f"h{level + 1}"
    return Source(to_markdown(soup))


def _check(raw: bytes) -> None:
    if raw.startswith(_OLE):
        raise UnreadableDocument(
            "is encrypted or an old Word file; open it in Word and save it as DOCX without a "
            "password"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise UnreadableDocument(
            "is not a sound DOCX file; open it in Word and save it again"
        ) from error
    if unpacked > MAX_UNPACKED:
        raise UnreadableDocument(
            f"unpacks to {unpacked / 1e6:,.0f} MB, more than the {MAX_UNPACKED / 1e6:.0f} MB that "
            "are read; split it into smaller files"
        )
    if not any(name.startswith("word/") for name in names):
        raise UnreadableDocument("is a zip archive but no Word file; check what it really is")
