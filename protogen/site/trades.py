"""Trades by the words people use for them, in a dozen languages: what motifs and directions are chosen by.

A stem of five letters or more matches the beginning of a word, one of four allows one more letter, a shorter one
is the whole word. Accents are folded on both sides, so `pekár` and `pekař` are one stem.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType


def find_trades(words: str) -> dict[str, int]:
    """The trades that `words` speak of, with how many of the words do, most spoken of first."""
    tokens = split_words(words)
    found = {trade: _count(tokens, stems) for trade, stems in TRADES.items()}
    return dict(sorted(((t, n) for t, n in found.items() if n), key=lambda pair: -pair[1]))


def count_stems(words: str, stems: Iterable[str]) -> int:
    """How many of the words begin with one of the stems."""
    return _count(split_words(words), tuple(stems))


def split_words(text: str) -> list[str]:
    """The words of a text, folded: lower case, without accents."""
    return re.findall(r"[^\W_]+", fold(text))


def fold(text: str) -> str:
    """Lower case without accents; letters that have none to lose (ł, ø, ß) become their plain neighbours."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_PLAIN)
    return "".join(char for char in plain if not unicodedata.combining(char))


_PLAIN = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})


def _count(tokens: Iterable[str], stems: tuple[str, ...]) -> int:
    return sum(1 for token in tokens if _matches(token, stems))


def _matches(token: str, stems: tuple[str, ...]) -> bool:
    return any(token.startswith(stem) and _ends(token, stem) for stem in _folded(stems))


def _ends(token: str, stem: str) -> bool:
    return len(stem) > 4 or len(token) - len(stem) <= (1 if len(stem) == 4 else 0)


@lru_cache(maxsize=256)
def _folded(stems: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(map(fold, stems))


def _stems(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TRADES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "bakery": _stems(
            "baker bakery bread sourdough pastry pastries croissant cake cakes pekar pekarn chleb chlieb kvask cukrar "
            "dort dorty bäcker bäckerei brot kuchen konditor boulanger pâtiss gâteau panader pastel pan tarta "
            "padari pão confeit bolos piekar chleb ciast cukier forno panett pasticc pane torte пекарн хлеб хліб "
            "выпечк випічк торт кондитер"
        ),
        "coffee": _stems(
            "coffee café cafe espresso barista roaster kavárn kaviare káva kávy kafé kaffee rösterei torréf cafeter "
            "kawiarn kawa caffè torrefaz кофе кофейн кава кавʼярн кав'ярн"
        ),
        "food": _stems(
            "restaurant bistro food kitchen cook catering chef menu pizza sushi burger lunch dinner restaur jídl jedál "
            "kuchyn kuchař oběd küche essen speise koch cuisine repas traiteur comida cocina cozinha restauracj kuchni "
            "obiad cucina ristor trattor osteri ресторан кухн еда їжа меню повар кафе"
        ),
        "wine": _stems("wine winery vineyard víno vína vinař vinár wein winzer vin vigner vino viñ vinho vinícol wino winni "
                       "cantina вино виноград bar bars cocktail cocktails"),
        "beer": _stems("beer brewery brew brewing pivo pivovar bier brauer brau bière brasser cervez cervej piwo browar birra birrif "
                       "пиво пивовар pub pubs distill"),
        "trades": _stems(
            "plumb plumber plumbing heating boiler leak drain pipes electrician electric-al hvac roof roofing handyman "
            "locksmith instalatér inštalat topenář kúren vodoinst elektrik zámečn klempner sanitär heizung installateur "
            "plombier chauffag électric serrur fontaner calefac electricist cerrajer canaliz encanad hydraul ogrzewan "
            "ślusarz idraulic riscald elettricist fabbro сантехник отоплен електрик электрик опален слесар"
        ),
        "construction": _stems(
            "construction builder building renovat mason carpent concrete bricklay scaffold stavb stavební stavia zedník "
            "bauunternehm baufirma maurer renovier bâtiment maçon rénov construcc albañil reforma construç pedreiro "
            "budow remont murarz costruz muratore edil строит ремонт будів"
        ),
        "architecture": _stems("architect architekt architect- arquitect arquitet architett архитект архітект urbanism"),
        "interior": _stems("interior interiér innenarchit intérieur décorat interiores wnętrz arredament интерьер інтерʼєр furniture "
                           "nábytek nábytok möbel meuble mueble móveis mebel mobili мебел мебл"),
        "realestate": _stems("realestate estate property properties apartment letting realit nemovit nehnuteľ immobil inmobil imobil "
                             "nieruchom недвижим нерухом"),
        "cars": _stems(
            "car cars auto garage mechanic tyre tire motor motorcycle vehicle autoservis pneuservis autodíl werkstatt "
            "kfz reifen voiture garagist mécanic coche taller mecánic carro oficina samochod warsztat wulkaniz officina "
            "автосервис автомобил шиномонт"
        ),
        "metal": _stems("metal weld welding steel blacksmith forge kovář kováč svařov zámečnictv schweiss metall stahl schmied soudure "
                        "forgeron soldad herrer spawan kowal saldat сварк кузн зварюв"),
        "wood": _stems("wood wooden joiner cabinetmak woodwork carpenter truhlář stolár dřevo drevo tischler schreiner holz menuis ébénist bois "
                       "carpinter madera madeir marcenar stolarz stolarni drewn falegnam legno столяр дерев pottery potter ceramic keramik "
                       "céramiq cerámic ceramik"),
        "outdoor": _stems(
            "mountain hiking hike trek guide climb alpine outdoor trail ski skiing kayak bike cycling horská horský hory "
            "túra túry průvodce sprievod lezení bergführer berg wander wandern kletter montagne randonn guide escalad "
            "montaña senderis montanha trilha góry górsk przewodnik montagna escursion гор горы поход проводник гід"
        ),
        "travel": _stems("travel trip trips tour tours journey holiday vacation cestov výlet dovolen zájezd reise reisen urlaub ausflug voyage "
                         "vacances viaje viajes viagem podróż wyciecz wakacj viaggi vacanz путешеств тур туры подорож"),
        "hotel": _stems("hotel guesthouse hostel lodge pension penzion ubytov unterkunft ferienwohn hébergem gîte alojam pousad nocleg pokoje "
                        "alberg agritur гостини отел готел"),
        "photo": _stems("photo photograph photographer photography fotograf fotógraf foto fotky photographe fotografi fotografu фотограф фото"),
        "video": _stems("video film filmmaker cinema movie kamera kameraman videograf cinéma vidéo cine vídeo filmow regist видео фильм відео кіно"),
        "wedding": _stems("wedding bride bridal svatb svadb hochzeit braut mariage mariée boda bodas novia casament noiva ślub wesel matrimon sposa "
                          "свадьб весіл"),
        "gadgets": _stems("gadget gadgets electronics charger headphone earbud speaker smartphone laptop elektronik nabíječ sluchátk ladegerät "
                          "kopfhörer électroniq chargeur electrónic eletrôn elektronicz ładowark elettronic электрон гаджет електрон"),
        "electronics": _stems("circuit pcb embedded sensor iot robot robotic drone 3d solar fotovolt photovolt"),
        "software": _stems("software app apps saas startup developer programming code coding web website cloud data vývoj programát "
                           "entwickl logiciel développ desarroll programad desenvolv oprogramow programist svilupp программ разработ розробк"),
        "games": _stems("game games gaming esport hry herní spiel spiele jeux juego jogos gry giochi игр ігри boardgame"),
        "fashion": _stems("fashion clothes clothing dress apparel boutique móda módní oblečen oblečení kleid kleidung vêtement robe moda ropa vestid "
                          "roupa odzież ubran abbigliam vestit мода одежд одяг sock socks shoes boty schuhe"),
        "tailor": _stems("tailor sewing bespoke seamstress alteration embroid knit textile leather krejč krajčír šití švadlen schneider näh tailleur "
                         "coutur sastre costur alfaiat krawiec szyci sart cucit ателье порт швей кравец"),
        "jewellery": _stems("jewel jewell jewelry ring rings goldsmith šperk zlatn schmuck goldschm bijou joaill joya joyer joia jubiler biżut gioiell oraf "
                            "ювелир украш ювелір"),
        "beauty": _stems("beauty salon hair hairdress barber nails cosmetic makeup kadeřn kader kosmet frisör friseur coiff esthétic peluquer cabeleir "
                         "fryzjer parrucch estetic парикмах красот перукар барбер"),
        "consulting": _stems("consult consulting consultant consultancy advis strategy transformation audit erp management coach coaching porad poradens "
                             "konzult berat beratung unternehmensberat conseil consultor asesor doradz doradc consulenz консалт консульт agency marketing"),
        "finance": _stems("finance financial accounting accountant bookkeep tax insurance bank invest účetn účtov daň daňov buchhalt steuer finanz versicher "
                          "compta comptab assur contab impuest seguros księgow podatk finans commercialis бухгалт налог фінанс финанс"),
        "law": _stems("law lawyer attorney legal solicitor notary advokát právn právník anwalt rechts notar avocat juridiq abogad jurídic advogad "
                      "adwokat prawnik prawn avvocat legale адвокат юрист юрид"),
        "music": _stems("music musician band singer song guitar piano violin drum concert dj choir hudb hudobn kapel zpěv zpěvák sbor koncert musik sänger "
                        "konzert chor musiq chant canción canta música cantor muzyk zespół śpiew cantant музык музич пісн песн"),
        "voice": _stems("voice voiceover podcast speech speaker-s narrat radio hlas dabing stimme sprecher voix locutor locuç głos lektor voce голос озвуч logoped"),
        "wellness": _stems("wellness yoga massage spa meditat pilates sauna mindful relax jóga jogu masáž massag yoga méditat masaje meditac massagem joga "
                           "masaż meditaz йога масс масаж медит"),
        "health": _stems("health doctor clinic dentist dental physio therap medical nurse pharmac hospital psycholog lékař lekár ordinac zubn zubař fyzio "
                         "zdrav arzt ärzt praxis zahn physioth gesund médec dentist cabinet santé médic clínic salud saúde lekarz przychod stomatol dentyst "
                         "zdrow medic врач клиник стомат лікар здоров vet veterin"),
        "garden": _stems("garden gardener gardening landscap lawn tree trees zahrad záhrad gärtner garten landschaft jardin paysag jardín jardiner jardim "
                         "ogród ogrodn giardin сад садов ландшафт озелен nursery"),
        "florist": _stems("florist flower flowers bouquet květin kvetin kytice blumen florist fleur fleurist flores floricultur kwiat kwiaciar fior fiori "
                          "цвет квіт букет floral"),
        "farm": _stems("farm farmer honey vegetable orchard farma farmář med zelenin ovoce statek bauernhof hof honig gemüse ferme miel légume granja huerta fazenda "
                       "mel gospodar miód warzyw fattoria miele ферм мёд мед овощ овоч beekeep včel imker"),
        "eco": _stems("eco ecolog ecological sustain organic bio vegan plant-based plant recycle environment zero ekolog udržit nachhalt umwelt écolog durable "
                      "ecológ sostenib sustentá ekologicz sostenibil эколог еколог"),
        "education": _stems("school education teacher tutor course courses lesson university student kurz kurzy škol školka výuk doučov lektor-ka učitel schule "
                            "unterricht nachhilfe lehrer kurs kurse école cours profess formation escuela clases curso cursos aula escola szkoł lekcj kurs korepet "
                            "scuola corso corsi lezion школ курс урок репетит учител language languages"),
        "books": _stems("book books bookshop library author writer poet publish knih knihkup spisovat buch bücher verlag autor livre librair écrivain libro libros "
                        "editorial livro livraria książk księgar libri libreri книг книж писател"),
        "events": _stems("event events festival fair conference ticket tickets akce festiv slavnost veranstalt fest messe événem fête evento eventos fiesta festa "
                         "wydarz impreza festiwal sagra мероприят фестив подія exhibition"),
        "club": _stems("club member members association society community group vote poll klub spolek spolok verein mitglied clube stowarzysz circolo клуб "
                       "обществ anket hlasov yearly"),
        "party": _stems("party birthday celebration dance karaoke oslava narozen párty feier geburtstag anniversaire soirée cumpleañ aniversár urodzin "
                        "compleann праздник день-рожд свято"),
        "sport": _stems("sport sports gym fitness trainer football running boxing swim tennis martial posilov trenér fotbal běh turnverein fussball laufen muscul "
                        "gimnas entrenad academia treinad siłown trener palestra allenat спорт тренаж фітнес фитнес"),
        "kids": _stems("kids children child toy toys baby nursery-school playground děti dětsk detsk hračk kinder spielzeug kita enfant jouet crèche niños juguet "
                       "criança brinqued dzieci zabawk przedszk bambin giocatt дет дети игруш діти іграш"),
        "pets": _stems("pet pets dog dogs cat cats puppy groom animal pes psi psů kočk zvíř zvier hund hunde katze tier chien chat animaux perro gato mascot "
                       "cachorro pies psów kot koty zwierz cane cani gatto собак кошк кот твари"),
        "cleaning": _stems("clean cleaning cleaner laundry úklid upratov prádeln reinigung putz wäsche nettoy ménage limpieza limpeza sprząt pralni puliz lavand "
                           "уборк клининг прибиран"),
        "shop": _stems("shop store online-shop products cart checkout obchod e-shop eshop prodej laden geschäft verkauf magasin boutique-s tienda loja sklep negozio "
                       "магазин крамниц market wholesale"),
        "charity": _stems("charity nonprofit volunteer foundation donate ngo charit neziskov nadace dobrovoln gemeinnütz stiftung spenden ehrenamt associat bénévol "
                          "fundaci fundaç volunt fundacj wolontar onlus благотвор фонд волонт"),
        "public": _stems("municipal town village council citizen government public obec obce město úřad gemeinde stadt bürger mairie commune ayuntam prefeit gmina "
                         "urząd comune муницип громад администр"),
        "church": _stems("church parish faith kostel farnost církev kirche pfarr église paroisse iglesia parroq igreja paróqu kościół parafi chiesa parrocch церк "
                         "храм приход"),
        "gallery": _stems("gallery artist painter painting sculpt exhibit galeri galerie umělec malíř obraz künstler maler artist peintr galería pintor galeria artyst "
                          "malarz pittor mostra галере худож"),
        "design": _stems("design designer graphic branding illustrat typograph grafik ilustr gestalt graphism diseñ projektant grafic дизайн иллюстр"),
    }
)  # fmt: skip
