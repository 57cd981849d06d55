"""Words that the checks go by, in the languages that models write: numbers, claims, verbs that state facts."""

from __future__ import annotations

import re

# Number words with the digits that say the same; without digits ("") where a customer must have used the word itself.
_NUMBERS = (
    ("two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
     "nineteen twenty", range(2, 21)),
    ("thirty forty fifty sixty seventy eighty ninety hundred", range(30, 101, 10)),
    ("zwei drei vier fünf sechs sieben acht neun zehn elf zwölf", range(2, 13)),
    ("zwanzig dreißig vierzig fünfzig", range(20, 51, 10)),
    ("thousand", (1000,)), ("tausend", (1000,)), ("hundert", (100,)),
)  # fmt: skip
_VAGUE = (
    "dozen hundreds thousands million millions dozens decade decades century centuries generation generations half "
    "double triple jahrzehnte generationen"
)
NUMBER_WORDS: dict[str, str] = dict.fromkeys(_VAGUE.split(), "") | {
    word: str(number)
    for words, numbers in _NUMBERS
    for word, number in zip(words.split(), numbers, strict=True)
}
# Claims that bind a business: only the customer may make them. Compared by their stems.
CLAIMS = re.compile(
    r"\b(?:award\w*|certif\w*|licen[sc]ed|insured|accredit\w*|guarante\w*|warrant\w*|organic\w*|gluten\w*|"
    r"vegan\w*|vegetarian\w*|fair[- ]trade|"
    r"local(?:ly)?|famil\w*|free|discount\w*|refund\w*|best|leading|number one|top[- ]rated|renowned|"
    r"famous|trusted|voted|"
    r"expert\w*|experienc\w*|professional\w*|qualified|trained|years?|decades?|daily|everyday|every day|"
    r"weekly|monthly|(?:every|each) (?:week|month|weekend)|"
    r"24/7|around the clock|same[- ]day|"
    r"next[- ]day|overnight|deliver\w*|shipping|ships|worldwide|nationwide|international\w*|hand[- ]?made|"
    r"handcrafted|home[- ]?made|sustainab\w*|eco\w*|"
    r"recycl\w*|seasonal|fresh\w*|exclusive\w*|unlimited|instant\w*|immediate\w*|secure\w*|safe(?:ly)?|"
    r"thousands?|hundreds?|satisf\w*|"
    r"results?|newe(?:r|st)|latest|brand[- ]new|special (?:price|offer|deal|rate)s?|bargains?|"
    r"(?:all|every|any) (?:seasons?|ages?|tastes?|budgets?|levels?)|"
    r"(?:great|good|best|hot|daily) deals?|low(?:er|est)? prices?|affordable|cheap(?:er|est)?|good value|"
    r"newly|at any time|any ?time|always open|whenever you (?:like|want|need|wish)|"
    r"sav(?:e|es|ing) (?:you |your )?(?:time|money|energy|costs?)|revolutioni[sz]\w*|"
    r"on sale|(?:at|to) your (?:door(?:step)?|home|place)|in no time|quick\w*|fast(?:er|est)?(?! or\b)|prompt\w*|"
    r"rapid\w*|speed(?:y|ily)|right away|straight away|"
    r"(?:will|['’]ll) (?:send|ship|post|reply|respond|confirm|call you|ring you|contact you|get back)|"
    r"(?:to|with) you (?:soon|shortly)|new(?! to\b)|"
    r"half (?:of )?(?:the|your) price|is due|up ?front|per ?cent|percentage|interest[- ]free|cash|deposit|prepaid|"
    r"online|courses?|class(?:es)?|made to order|"
    r"facebook|instagram|tiktok|youtube|twitter|linkedin|whatsapp|telegram|strava|"
    r"assistants?|apprentices?|brothers?|sisters?|wife|husband|sons?|daughters?|"
    r"\w*therapists?|trainers?|coach(?:es)?|chefs?|baristas?|engineers?|technicians?|consultants?|nurses?|doctors?|"
    r"lawyers?|teachers?|instructors?|drivers?|staff|volunteers?|"
    r"testimonial\w*|review\w*|clients? say|rated|stars?|award|wifi|parking|wheelchair|dog[- ]friendly|"
    r"pay(?:s|ing|ments?)?|card|newsletter|app|chat|hotline|emergenc\w*|since|founded|established|heritage|tradition\w*|"
    r"generations?)\b",
    re.I,
)
# What is another thing than the word it comes from: a shop with gift vouchers gives no gifts.
AS_SAID = re.compile(r"\b(?:gifts|presents)\b", re.I)
# Verbs that turn a sentence into a statement of fact about the business; what follows must have been said.
ASSERTS = re.compile(
    r"\b(?:offer\w*|provid\w*|sells?|selling|serves?|serving|includ\w*|featur\w*|hosts?|hosting|"
    r"speciali[sz]\w*|stocks?|"
    r"(?<=\bwe )help(?! you with\b)|(?<=\bi )help(?! you with\b)|"
    r"suppl(?:y|ies)|covers?|covering|install\w*|uses?|using|made (?:of|with|from)|located|(?<!-)based|owned|"
    r"run by|comes? (?:from|with)|part of|(?:has|have|gets?) (?:an?|(?!its\b)\w+s)|"
    r"variety|range|selection|works? with|available|ensur\w*|enjoy\w*|savou?r\w*|discover\w*|explor\w*)\b",
    re.I,
)
# How long something takes or lasts, without a number.
DURATION = re.compile(
    r"\b(?:within|in under|in less than|under|for over|for almost|for nearly|takes?|lasts?|after|every) "
    r"(?:an?|one|a few|several|half an?|the) (?:minute|hour|day|week|month|year)s?\b"
    r"|\b(?:a few|several|many|countless) (?:minutes|hours|days|weeks|months|years)\b",
    re.I,
)
# A place that one can go to, and the words by which a customer says that there is one.
PREMISES = re.compile(
    r"\b(?:visit us|drop (?:by|in)|stop by|pop in|walk in|step inside|come (?:in|inside|by)|our door|our doors|"
    r"see us in person|our (?:shop|store|showroom|office|studio|workshop|gallery)|the counter)\b",
    re.I,
)
PLACE_SAID = re.compile(
    r"\b(?:shop|store|caf[eé]|bakery|studio|workshop|salon|restaurant|bistro|bar|pub|gallery|clinic|practice|surgery|"
    r"school|kindergarten|office|showroom|house|hotel|room|boathouse|farm|market|museum|library|gym|hall|court|"
    r"street|st\.|road|rd\.|avenue|lane|square|rue|stra(?:ß|ss)e|ulice|visit\w*|open\w*|address|parlou?r|garage|"
    r"barber\w*|hairdresser\w*|pharmacy|dentist|deli|brewery|winery|roastery|confectionery|butcher\w*|florist)\b",
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
    "something question questions visitor visitors customer customers guest guests best choose taste easy simple warm "
    "friendly love great "
    "moment morning evening afternoon home table hand hands life world start share tell talk meet join "
    "than very much "
    "many most such even ever still whether could can't don't we're we'll you're you'll service services "
    "product "
    "products business company shop part parts kind kinds full whole ourselves yourself area areas "
    "special delicious ideal team being been were does done made alone gives oven ovens recipe recipes".split()
)
