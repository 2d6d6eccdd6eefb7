"""What holds for every document, whatever it was read from."""

from ingest.document import Document


def assert_sound(document: Document) -> None:
    """Sections and units lie in the text, in order, without overlap, and hold words."""
    position = 0
    for section in document.sections:
        assert position <= section.start <= section.end <= len(document.text)
        position = section.start
        for unit in section.units:
            assert position <= unit.start < unit.end <= section.end
            assert document.text[unit.start : unit.end].strip()
            if unit.lead_in:
                assert 0 <= unit.lead_in[0] < unit.lead_in[1] <= unit.start
            position = unit.end
    anchors = [section.anchor for section in document.sections]
    assert len(set(anchors)) == len(anchors)
    assert list(document.pages) == sorted(document.pages)
    assert all(0 <= page <= len(document.text) for page in document.pages)


def readings(document: Document) -> list[tuple[str, list[str]]]:
    """The paths of a document's sections, each with its units as they stand in the text."""
    return [
        (" > ".join(section.path), [document.text[unit.start : unit.end] for unit in section.units])
        for section in document.sections
    ]


def words(document: Document) -> list[str]:
    """Every unit of a document as it is read."""
    from ingest.wording import unit_words

    return [unit_words(document, unit) for section in document.sections for unit in section.units]
