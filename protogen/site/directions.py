"""Art directions: each a full set of decisions on type, space, shape and ground, not a palette.

A direction is data. `theme.build_theme` turns it into tokens, `fonts.font_files` reads its two faces, and
`site_templates/themes/<name>.css` adds the few rules that no token can say.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Ground:
    """The light ground where the customer named none: OKLCH lightness, chroma and hue (None: the accent's).

    `lift` makes cards lighter than the ground instead of deeper.
    """

    lightness: float
    chroma: float
    hue: float | None = None
    lift: bool = False


@dataclass(frozen=True, slots=True)
class Direction:
    """One art direction. Lengths are CSS lengths; `scale` is the type ratio on desktops (1.2 on phones).

    `display` and `text` are keys of `fonts.FACES`. `display_size` multiplies the display steps, since a
    condensed face carries more and a monospaced one less. `section_space` is rem on phones and on desktops.
    `palettes` are its own colours, accent first, for customers who named none. `scheme` is what it prefers.
    """

    name: str
    about: str
    trades: tuple[str, ...]
    tones: tuple[str, ...]
    display: str
    text: str
    weight_display: int
    weight_strong: int
    tracking: str
    leading: str
    case: str
    scale: float
    display_size: float
    text_size: float
    radius: str
    radius_large: str
    border: str
    shadow: str
    section_space: tuple[float, float]
    container: str
    measure: str
    gutter: str
    ground: Ground
    palettes: tuple[tuple[str, ...], ...]
    scheme: str = "auto"


_ALL = (
    Direction(
        name="editorial",
        about="A magazine: large serif, hairline rules, wide margins, colour only where it is read.",
        trades=("outdoor", "travel", "wine", "books", "law", "gallery"),
        tones=("editorial", "elegan", "classic", "refined", "story", "literar", "magazin", "klasick", "klassisch"),
        display="source-display",
        text="inter",
        weight_display=600,
        weight_strong=600,
        tracking="-0.025em",
        leading="1.04",
        case="none",
        scale=1.38,
        display_size=1.06,
        text_size=1.06,
        radius="0",
        radius_large="0",
        border="1px",
        shadow="none",
        section_space=(4.5, 9),
        container="74rem",
        measure="62ch",
        gutter="clamp(1.25rem, 5vw, 3rem)",
        ground=Ground(0.985, 0.006, 85),
        palettes=(("#b3261e",), ("#1f4d3a", "#c9a227"), ("#27306b", "#d9573f"), ("#7a2e4d", "#cfa15a")),
    ),
    Direction(
        name="swiss",
        about="Grotesque on a strict grid, flush left, white ground and one hot colour.",
        trades=("consulting", "finance", "architecture", "software", "realestate"),
        tones=("serious", "minimal", "clean", "precise", "corporate", "profession", "business", "vážn", "seriös", "strict"),
        display="inter-display",
        text="inter",
        weight_display=700,
        weight_strong=600,
        tracking="-0.04em",
        leading="1",
        case="none",
        scale=1.35,
        display_size=1.04,
        text_size=1.0,
        radius="0",
        radius_large="0",
        border="2px",
        shadow="none",
        section_space=(4, 8),
        container="78rem",
        measure="60ch",
        gutter="clamp(1.25rem, 4vw, 2.5rem)",
        ground=Ground(1.0, 0.0),
        palettes=(("#e4002b",), ("#0047d6",), ("#ff4f00", "#17181c"), ("#00754a",)),
    ),
    Direction(
        name="craft",
        about="Warm paper, a sturdy book face, hand-cut shapes, thick outlines.",
        trades=("bakery", "food", "coffee", "wood", "beer", "tailor"),
        tones=("warm", "natural", "rustic", "honest", "homemade", "hand", "cosy", "cozy", "tepl", "teplý", "přírod", "warm", "chaleur", "cálid", "ciepł", "уют"),
        display="vollkorn",
        text="fira",
        weight_display=700,
        weight_strong=700,
        tracking="-0.015em",
        leading="1.06",
        case="none",
        scale=1.333,
        display_size=1.1,
        text_size=1.04,
        radius="0.5rem",
        radius_large="1.5rem",
        border="2px",
        shadow="none",
        section_space=(4, 7.5),
        container="70rem",
        measure="60ch",
        gutter="clamp(1.25rem, 4vw, 2.5rem)",
        ground=Ground(0.966, 0.018, 82, lift=True),
        palettes=(("#b4532a", "#3d5a45"), ("#a63d40", "#e9b872"), ("#5b6b2f", "#d08c3f"), ("#8a4b2d", "#2f4858")),
    ),
    Direction(
        name="clinic",
        about="Air, rounded forms, a soft ground, calm colour; nothing shouts.",
        trades=("health", "wellness", "cleaning", "kids"),
        tones=("calm", "gentle", "soft", "trust", "clean", "klidn", "ruhig", "calme", "tranquil", "spokojn", "спокойн"),
        display="manrope",
        text="manrope",
        weight_display=650,
        weight_strong=650,
        tracking="-0.03em",
        leading="1.1",
        case="none",
        scale=1.28,
        display_size=1.0,
        text_size=1.03,
        radius="0.875rem",
        radius_large="2rem",
        border="1px",
        shadow="soft",
        section_space=(4.5, 8.5),
        container="72rem",
        measure="60ch",
        gutter="clamp(1.25rem, 4vw, 2.5rem)",
        ground=Ground(0.982, 0.01, None, lift=True),
        palettes=(("#0b7a75", "#f2b8a0"), ("#2f6fb0", "#9ad1c4"), ("#5a6fb5", "#f0b7b3"), ("#3f7d58", "#f4c67a")),
    ),
    Direction(
        name="workshop",
        about="Dark, condensed capitals, a hazard accent and a diagonal cut; the phone number is the hero.",
        trades=("trades", "cars", "construction", "sport", "metal"),
        tones=("strong", "rough", "industr", "bold", "tough", "siln", "kräftig", "dark", "tmav"),
        display="oswald",
        text="roboto",
        weight_display=700,
        weight_strong=700,
        tracking="-0.005em",
        leading="1.02",
        case="uppercase",
        scale=1.333,
        display_size=1.14,
        text_size=1.03,
        radius="0.125rem",
        radius_large="0.125rem",
        border="2px",
        shadow="none",
        section_space=(3.5, 6.5),
        container="76rem",
        measure="60ch",
        gutter="clamp(1.25rem, 4vw, 2.5rem)",
        ground=Ground(0.975, 0.004),
        palettes=(("#ffb703", "#1b1f24"), ("#ff6b1a", "#1d2126"), ("#d7f205", "#20242a"), ("#f04e23", "#2a2d34")),
        scheme="dark",
    ),
    Direction(
        name="boutique",
        about="A thin serif, much space, small captions in spaced capitals; the goods are the only colour.",
        trades=("fashion", "beauty", "jewellery", "hotel", "interior", "wedding"),
        tones=("luxur", "elegan", "delicate", "refined", "feminin", "premium", "exclus", "jemn", "luxus", "chic"),
        display="source-display-light",
        text="lato",
        weight_display=300,
        weight_strong=700,
        tracking="-0.02em",
        leading="1.08",
        case="none",
        scale=1.4,
        display_size=1.08,
        text_size=1.0,
        radius="0",
        radius_large="12rem",
        border="1px",
        shadow="none",
        section_space=(5, 10),
        container="72rem",
        measure="56ch",
        gutter="clamp(1.5rem, 6vw, 4rem)",
        ground=Ground(0.976, 0.008, 60),
        palettes=(("#8c4a3c", "#d9c2b0"), ("#5c4a6e", "#c9b7c9"), ("#37513f", "#cdbf9a"), ("#7d3145", "#e3c7bd")),
    ),
    Direction(
        name="market",
        about="Dense and price-led: bold figures, badges, search first, no air that does not sell.",
        trades=("shop", "gadgets", "food", "pets"),
        tones=("cheap", "price", "fast", "fresh", "deal", "modern", "levn", "günstig"),
        display="montserrat",
        text="noto-sans",
        weight_display=700,
        weight_strong=700,
        tracking="-0.03em",
        leading="1.06",
        case="none",
        scale=1.25,
        display_size=0.98,
        text_size=0.98,
        radius="0.5rem",
        radius_large="0.875rem",
        border="1px",
        shadow="lift",
        section_space=(3, 5),
        container="80rem",
        measure="62ch",
        gutter="clamp(1rem, 3vw, 2rem)",
        ground=Ground(0.972, 0.006, None, lift=True),
        palettes=(("#0a6b3d", "#ffc53d"), ("#d1123f", "#ffd166"), ("#4b2fd6", "#ff9f1c"), ("#0b63ce", "#ffb020")),
    ),
    Direction(
        name="tech",
        about="Dark, monospaced headings, thin lines, one light held back.",
        trades=("gadgets", "software", "electronics", "games"),
        tones=("modern", "tech", "digital", "futur", "sleek", "electric", "cool", "technick", "dark", "tmav"),
        display="jetbrains",
        text="inter",
        weight_display=700,
        weight_strong=600,
        tracking="-0.055em",
        leading="1.1",
        case="none",
        scale=1.28,
        display_size=0.9,
        text_size=1.0,
        radius="0.375rem",
        radius_large="0.75rem",
        border="1px",
        shadow="glow",
        section_space=(4, 7),
        container="78rem",
        measure="62ch",
        gutter="clamp(1.25rem, 4vw, 2.5rem)",
        ground=Ground(0.985, 0.004),
        palettes=(("#3b82f6", "#22d3ee"), ("#7cf29a", "#2dd4bf"), ("#a78bfa", "#f472b6"), ("#ff7a45", "#ffd166")),
        scheme="dark",
    ),
    Direction(
        name="civic",
        about="Plain and high in contrast: text first, long reading in a serif, links underlined.",
        trades=("charity", "public", "education", "law", "church"),
        tones=("plain", "clear", "simple", "inform", "honest", "access", "official", "jednoduch", "einfach", "simple"),
        display="fira",
        text="source-text",
        weight_display=700,
        weight_strong=700,
        tracking="-0.015em",
        leading="1.1",
        case="none",
        scale=1.25,
        display_size=1.0,
        text_size=1.1,
        radius="0.25rem",
        radius_large="0.25rem",
        border="2px",
        shadow="none",
        section_space=(3.5, 6),
        container="68rem",
        measure="66ch",
        gutter="clamp(1.25rem, 4vw, 2.5rem)",
        ground=Ground(1.0, 0.0),
        palettes=(("#1d4f91", "#ffd23f"), ("#00625f", "#f2a541"), ("#6b2d73", "#f0b429"), ("#8c1c13", "#e8c547")),
    ),
    Direction(
        name="festival",
        about="Loud round type, stickers, thick outlines, hard shadows, bold flat shapes.",
        trades=("events", "club", "music", "kids", "games", "party"),
        tones=("fun", "cheer", "loud", "playful", "happy", "joy", "colour", "color", "vesel", "fröhlich", "joyeu", "alegr", "весел", "radosn", "wesoł"),
        display="baloo",
        text="poppins",
        weight_display=400,
        weight_strong=700,
        tracking="-0.02em",
        leading="0.98",
        case="none",
        scale=1.38,
        display_size=1.16,
        text_size=1.0,
        radius="1rem",
        radius_large="2.25rem",
        border="3px",
        shadow="hard",
        section_space=(3.5, 6.5),
        container="74rem",
        measure="58ch",
        gutter="clamp(1.25rem, 4vw, 2.5rem)",
        ground=Ground(0.968, 0.028, 95, lift=True),
        palettes=(("#ff5d3b", "#2b2a6f"), ("#f7b500", "#5b1fa8"), ("#ff4d8d", "#0b4f6c"), ("#16b37a", "#3a1772")),
    ),
    Direction(
        name="garden",
        about="Organic forms, an italic book face, greens on a pale leaf ground, waved edges.",
        trades=("garden", "florist", "farm", "eco", "wellness"),
        tones=("green", "natural", "organic", "fresh", "eco", "bio", "přírod", "natürlich", "naturel", "natura", "живо"),
        display="vollkorn-italic",
        text="lato",
        weight_display=400,
        weight_strong=700,
        tracking="-0.015em",
        leading="1.06",
        case="none",
        scale=1.36,
        display_size=1.16,
        text_size=1.05,
        radius="1.25rem",
        radius_large="2.5rem",
        border="1px",
        shadow="soft",
        section_space=(4.5, 8),
        container="72rem",
        measure="60ch",
        gutter="clamp(1.25rem, 4vw, 2.5rem)",
        ground=Ground(0.972, 0.016, 115, lift=True),
        palettes=(("#2f6b3c", "#e0a458"), ("#4f7a28", "#d96c75"), ("#1f6f5c", "#f2c14e"), ("#6a7b2a", "#b5507a")),
    ),
    Direction(
        name="portfolio",
        about="Pictures full size, a light grotesque, the interface almost gone.",
        trades=("photo", "video", "design", "gallery", "architecture", "wedding"),
        tones=("minimal", "quiet", "picture", "image", "simple", "art", "minimalis", "mono"),
        display="hanken-light",
        text="hanken",
        weight_display=300,
        weight_strong=600,
        tracking="-0.04em",
        leading="1.04",
        case="none",
        scale=1.36,
        display_size=1.06,
        text_size=1.0,
        radius="0",
        radius_large="0",
        border="1px",
        shadow="none",
        section_space=(4.5, 9),
        container="88rem",
        measure="56ch",
        gutter="clamp(1rem, 3vw, 2rem)",
        ground=Ground(0.99, 0.002),
        palettes=(("#1a1a1a", "#ffffff"), ("#2b2f36", "#d6d3cb"), ("#3a2f2a", "#e0d6c8"), ("#16324a", "#dfe5e8")),
    ),
)

DIRECTIONS: Mapping[str, Direction] = MappingProxyType({direction.name: direction for direction in _ALL})
