"""Small pictures for buttons, as inline SVG in the colour of the text beside them."""

_PATHS = {
    "add": "M12 5v14M5 12h14",
    "chat": "M20 12a8 8 0 0 1-11.6 7.1L4 20l.9-4.4A8 8 0 1 1 20 12Z",
    "close": "M6 6l12 12M18 6L6 18",
    "copy": "M9 9h10v11H9zM15 9V4H5v11h4",
    "down": "M7 14V4h9.2a2 2 0 0 1 2 1.6l1.1 6a2 2 0 0 1-2 2.4H13l.8 4.2a1.6 1.6 0 0 1-3 1L7 14Z"
    "m0 0H4V4h3",
    "edit": "M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19l-4 1Z",
    "export": "M12 4v11m0 0l-4-4m4 4l4-4M5 19h14",
    "how": "M11 4a7 7 0 1 1 0 14 7 7 0 0 1 0-14Zm5 12l4 4",
    "menu": "M4 7h16M4 12h16M4 17h16",
    "remove": "M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13",
    "retry": "M19 12a7 7 0 1 1-2.2-5.1M19 4v4h-4",
    "theme": "M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5Z",
    "up": "M7 10v10h9.2a2 2 0 0 0 2-1.6l1.1-6a2 2 0 0 0-2-2.4H13l.8-4.2a1.6 1.6 0 0 0-3-1L7 10Z"
    "m0 0H4v10h3",
}


def icon(name: str) -> str:
    """A picture that says nothing by itself: its button must have a name."""
    return (
        '<svg class="pc-icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">'
        f'<path d="{_PATHS[name]}"/></svg>'
    )
