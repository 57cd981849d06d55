"""Words that the checks go by, in the languages that models write: numbers, claims, verbs that state facts."""

from __future__ import annotations

import re

NUMBER_WORDS = frozenset(
    "two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty hundred "
    "hundreds thousand thousands "
    "million dozen dozens decade decades century centuries generation generations half double triple "
    "zwei drei vier fünf sechs sieben acht neun zehn zwölf zwanzig hundert tausend jahrzehnte generationen".split()
)
# Claims that bind a business: only the customer may make them. Compared by their stems.
CLAIMS = re.compile(
    r"\b(?:award\w*|certif\w*|licen[sc]ed|insured|accredit\w*|guarante\w*|warrant\w*|organic\w*|gluten\w*|"
    r"vegan\w*|vegetarian\w*|fair[- ]trade|"
    r"local(?:ly)?|famil\w*|free|discount\w*|refund\w*|best|leading|number one|top[- ]rated|renowned|"
    r"famous|trusted|voted|"
    r"expert\w*|experienc\w*|professional\w*|qualified|trained|years?|decades?|daily|everyday|every day|"
    r"24/7|around the clock|same[- ]day|"
    r"next[- ]day|overnight|deliver\w*|shipping|ships|worldwide|nationwide|international\w*|hand[- ]?made|"
    r"handcrafted|home[- ]?made|sustainab\w*|eco\w*|"
    r"recycl\w*|seasonal|fresh\w*|exclusive\w*|unlimited|instant\w*|immediate\w*|secure\w*|safe(?:ly)?|"
    r"thousands?|hundreds?|satisf\w*|"
    r"testimonial\w*|review\w*|clients? say|rated|stars?|award|wifi|parking|wheelchair|dog[- ]friendly|"
    r"pay(?:s|ing|ments?)?|card|newsletter|app|chat|hotline|emergenc\w*|since|founded|established|heritage|tradition\w*|"
    r"generations?)\b",
    re.I,
)
# Verbs that turn a sentence into a statement of fact about the business; what follows must have been said.
ASSERTS = re.compile(
    r"\b(?:offer\w*|provid\w*|sells?|selling|serves?|serving|includ\w*|featur\w*|hosts?|hosting|"
    r"speciali[sz]\w*|stocks?|"
    r"suppl(?:y|ies)|covers?|covering|install\w*|uses?|using|made (?:of|with|from)|located|(?<!-)based|owned|"
    r"run by|"
    r"variety|range|selection|works? with|available|ensur\w*)\b",
    re.I,
)
COMMON = frozenset(
    "about after again also always among around back before both come each enjoy every find from give good "
    "have help "
    "here into just keep know learn like look make more need next once only other ours over perfect place "
    "ready right "
    "some take that their them then there these they this those through time today together until visit "
    "want well what "
    "when where which while will with without work would your yours people person thing things everything "
    "anything "
    "something visitor visitors customer customers guest guests best choose taste easy simple warm "
    "friendly love great "
    "moment morning evening afternoon home table hand hands life world start share tell talk meet join "
    "than very much "
    "many most such even ever still whether could can't don't we're we'll you're you'll service services "
    "product "
    "products business company shop part parts kind kinds full whole ourselves yourself area areas "
    "special delicious ideal team being been were does done made".split()
)
