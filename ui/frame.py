"""What stands on the page from the first moment: header, toolbar, and places that the script fills.

HTML without a word of a document or a reader in it.
"""

from ui.icons import icon

TITLE = "Pincite"

HEADER = (
    '<header class="pc-header">'
    '<button type="button" class="pc-tool pc-menu" data-do="menu" aria-expanded="false" '
    f'aria-label="Documents and conversations">{icon("menu")}</button>'
    f'<h1>{TITLE}<span class="pc-mark" aria-hidden="true">1</span></h1>'
    '<div class="pc-tabs" role="tablist" aria-label="View">'
    '<button type="button" role="tab" id="pc-tab-chat" data-do="tab" data-tab="chat" '
    'aria-selected="true" aria-controls="pc-main">Chat</button>'
    '<button type="button" role="tab" id="pc-tab-evaluation" data-do="tab" data-tab="evaluation" '
    'aria-selected="false" aria-controls="pc-evaluation" tabindex="-1">Evaluation</button></div>'
    '<button type="button" class="pc-tool" data-do="theme" aria-pressed="false" '
    f'aria-label="Dark colours" title="Dark colours">{icon("theme")}</button></header>'
)

TOOLBAR = (
    '<div class="pc-toolbar" id="pc-toolbar"><h2 id="pc-name">New conversation</h2>'
    '<button type="button" class="pc-tool" data-do="rename" data-needs disabled '
    f'aria-label="Rename this conversation" title="Rename">{icon("edit")}</button>'
    '<button type="button" class="pc-tool" data-do="export" data-needs disabled '
    f'aria-label="Export as Markdown" title="Export as Markdown">{icon("export")}</button>'
    '<button type="button" class="pc-tool" data-do="clear" data-needs disabled '
    f'aria-label="Delete this conversation" title="Delete">{icon("remove")}</button></div>'
)

CONVERSATIONS = (
    '<section aria-labelledby="pc-conversations-title"><div class="pc-between">'
    '<h2 id="pc-conversations-title">Conversations</h2>'
    '<button type="button" class="pc-tool" data-do="new" aria-label="New conversation" '
    f'title="New conversation">{icon("add")}</button></div>'
    '<ul id="pc-conversations" class="pc-conversations"></ul>'
    '<p class="pc-soft">Kept in this browser alone.</p></section>'
)

SENDING = '<ul id="pc-sending" class="pc-uploads" aria-live="polite"></ul>'

CLOSING = (
    '<button type="button" class="pc-tool pc-close" data-do="close" aria-label="Close" '
    f'title="Close (Escape)">{icon("close")}</button>'
)

# The log is what a screen reader hears of an answer; the page itself would be read anew each time.
OVERLAYS = (
    '<div id="pc-live" class="pc-hidden" role="log" aria-live="polite" '
    'aria-label="Answer as it is written"></div>'
    '<div id="pc-tip" class="pc-tip" role="tooltip" hidden></div>'
    '<div id="pc-toast" class="pc-toast" role="status"></div>'
    '<div id="pc-shade"></div>'
    '<div class="pc-drop" aria-hidden="true"><p>Drop to add to the documents</p></div>'
)


def binding(name: str, *events: str) -> str:
    """The script by which a `gr.HTML` binds itself to the page's, with the events it triggers."""
    names = ", ".join(f"'{event}'" for event in events)
    return f"window.pincite.bind('{name}', [{names}], {{ trigger, watch, props, upload }});"
