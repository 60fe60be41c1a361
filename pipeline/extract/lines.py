"""Lines of a text that are the page's and not the story's: invitations, credits above the text, the headline again."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from pipeline.extract.dates import parse_moment
from pipeline.extract.names import split_names
from pipeline.models import normalised_headline

__all__ = ["story_lines", "trimmed", "without_head"]

_BOILERPLATE = re.compile(
    r"(?i)^(?:[›»>]*\s*subscribe\b.{0,60}|"
    r"(?:source|via)\s*:?\s*(?:read (?:the )?full (?:article|story)|click here|link)\.?|"
    r"read (?:more|also|next|the (?:full|rest).{0,60}|full (?:article|story).{0,40})\s*[:.…>»]*|"
    r"to read the rest of .{0,80}|(?:also )?read(?: more| also| next)?\s*:.{0,160}|see also\s*:.{0,160}|"
    r"related\s*:.{0,160}|"
    r"advertisement|continue reading.{0,80}|share (?:this|on).{0,80}|follow us on.{0,100}|"
    r"click (?:here|on the link).{0,80}|sign up (?:for|to).{0,120}|leave a (?:reply|comment)|"
    r"no comments:?|post a comment)$"
)
_ALSO = (
    r"read(?: more| also| next| this)?|see (?:also|more)|related (?:stories|articles|news)|more on this|recommended|"
    r"don['’]?t miss|you (?:may|might) also like|most read(?: in [\w ]{2,20})?|trending(?: now)?|"
    r"lesen sie (?:auch|dazu)|mehr zum thema|auch interessant|siehe auch|"
    r"lire (?:aussi|également)|à lire aussi|voir aussi|"
    r"lee (?:también|más)|leer (?:también|más)|te puede interesar|ver también|más información|"
    r"leggi anche|leia (?:também|mais)|veja também|lees ook|les også|læs også|läs (?:också|även|mer)|lue myös|"
    r"czytaj (?:także|też|również)|zobacz także|čtěte také|přečtěte si|prečítajte si|olvasta már|citește și|"
    r"pročitajte (?:još|i)|прочетете още|читайте (?:также|також)|по теме|διαβάστε (?:επίσης|ακόμη)|"
    r"ayrıca bakınız|ilginizi çekebilir|baca juga|đọc thêm|xem thêm|相关阅读|相關新聞|延伸閱讀|関連記事|"
    r"あわせて読みたい|관련기사|اقرأ أيضا[ًً]?|اقرأ أيضًا|بیشتر بخوانید|קראו (?:גם|עוד)|"
    r"यह भी पढ़ें|ये भी पढ़ें|আরও পড়ুন"
)
_OF_THE_PAGE = re.compile(
    rf"(?i)^(?:(?:{_ALSO})(?:\s*[:：|–—].{{0,200}}|[\s.…>»]*)|story continues below.{{0,40}}|"
    r"explore further|"
    r"(?:anzeige|werbung|publicidad|publicité|pubblicità|publicidade|advertentie|annonse?|reklama?|реклама|広告)|"
    r"(?:article|scroll to) continues?.{0,40}|get .{3,60} delivered (?:to|straight).{0,100}|share via.{0,80}|"
    r"deja un comentario|laisser un commentaire|schreibe einen kommentar|lascia un commento|deixe um comentário|"
    r"(?:this (?:web)?site|we|our site) uses? cookies.{0,400}|diese website verwendet cookies.{0,400}|"
    r"\[/?[a-z_]+(?: [a-z_]+=.{0,200})?\].{0,120}|https?://\S+|"
    r"(?:reading time|tempo de leitura|tiempo de lectura|temps de lecture|lesezeit|tempo di lettura)\s*:?\s*\d.{0,20}|"
    r"(?:less than )?\d{1,2}[ -]?min(?:ute)?s?(?: de)? (?:read|lecture|lectura|leitura|lesezeit)|"
    r"(?:first )?(?:updated|published|posted|last modified)(?: at| on)?\s*:?\s.{0,60}\d.{0,30}|"
    r"copyright\b.{0,120}all rights reserved\.?|all rights reserved\.?)$"
)
_INVITATION = re.compile(
    r"(?i)\b(?:subscribe to|sign up (?:for|to)|our (?:daily |weekly )?newsletter|(?:in|to) your inbox|"
    r"may be reached at|"
    r"have a (?:news )?tip\?|on (?:twitter|facebook) at|follow @\w+|download (?:the|our) app|"
    r"follow (?:him|her|them|me|us|\w+ [\w@]+) on (?:x|twitter|facebook|instagram|threads|telegram|whatsapp)|"
    r"get (?:unlimited )?access to|e-?mail (?:him|her|the author|us) at|abonnieren sie|suscríbete|suscríbase|"
    r"abonnez-vous|iscriviti|inscreva-se|подпис(?:ывайтесь|ывайся)|підписуйтесь|abone ol|zapisz się)"
)
_TAIL = 5
_MAX_INVITATION = 420
_MAX_HEAD_LINE = 120


def trimmed(paragraphs: Sequence[str], title: str | None) -> list[str]:
    """Paragraphs of a story or a post without boilerplate lines and without the headline at their head."""
    kept = [text for text in paragraphs if not _BOILERPLATE.match(text)]
    headline = normalised_headline(title or "")
    while kept and headline and normalised_headline(kept[0]) in (headline, ""):
        kept.pop(0)
    return kept


def story_lines(paragraphs: Sequence[str]) -> list[str]:
    """Paragraphs without what newspapers put between and below them: ways to other pages, adverts, invitations.

    Invitations to subscribe or to follow are known among the last paragraphs only.
    """
    kept = [text for text in paragraphs if len(text) > _MAX_INVITATION or not _OF_THE_PAGE.match(text)]
    start = max(1, len(kept) - min(_TAIL, len(kept) // 4))
    return kept[:start] + [one for one in kept[start:] if len(one) > _MAX_INVITATION or not _INVITATION.search(one)]


def without_head(paragraphs: Sequence[str], titles: Collection[str], authors: Sequence[str]) -> list[str]:
    """Paragraphs of an article without the lines above its text that repeat its headline, its authors and its date.

    Args:
        paragraphs: of the article, in order.
        titles: all forms of its headline, normalised.
        authors: as the document names them.
    """
    names = {normalised_headline(name) for name in authors}
    start = 0
    while start < len(paragraphs) and _is_head_line(paragraphs[start], titles, names):
        start += 1
    return list(paragraphs[start:])


def _is_head_line(text: str, titles: Collection[str], names: set[str]) -> bool:
    line = normalised_headline(text)
    if not line or line in titles or line in names:
        return True
    if len(text) > _MAX_HEAD_LINE or text.endswith((".", "!", "?", ")")):
        return False
    credited = {normalised_headline(name) for name in split_names(text)}
    if credited and credited <= names:
        return True
    return len(text.split()) <= 9 and parse_moment(text) is not None
