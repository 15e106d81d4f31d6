"""Who lives on a site that is filled to be looked at, what they talk about, and what they write there."""

from typing import NamedTuple

from webapp.spaces.states import Door, OpenTo

LINK_ONLY = Door(OpenTo.LINK)
FOLLOWED_ONLY = Door(OpenTo.FOLLOWED)
MEMBERS_ONLY = Door(guests=False)
HOUR, DAY = 1.0, 24.0


class Person(NamedTuple):
    """Somebody, how they are called, and where they are; without a zone, wherever their device is."""

    handle: str
    name: str
    zone: str
    bio: str


class Talk(NamedTuple):
    """A space: what it is called in what people write, who hosts it, and who else speaks."""

    key: str
    host: str
    title: str
    topics: str
    guest: str = ""
    door: Door = Door()


class Planned(NamedTuple):
    """A space that starts in so many hours, said in a zone, and how many want to be reminded."""

    talk: Talk
    hours: float
    zone: str
    reminders: int = 0
    cancelled: bool = False


class Past(NamedTuple):
    """A space that began so many hours ago: for so many minutes, or recorded for so many seconds."""

    talk: Talk
    hours: float
    minutes: int = 0
    seconds: int = 0
    deleted: bool = False


class Live(NamedTuple):
    """A space that the demo starts and talks in, and who sits in its audience."""

    talk: Talk
    audience: tuple[str, ...] = ()
    record: bool = False


class Written(NamedTuple):
    """A post of so many hours ago. ``{key}`` in it is the address of a space."""

    hours: float
    author: str
    text: str
    key: str = ""
    reply_to: str = ""
    quote_of: str = ""
    likes: int = 0
    reposts: tuple[str, ...] = ()


PEOPLE = (
    Person("ines_moreau", "Inès Moreau", "Europe/Paris", "Radio producer. I cut silence, and put it back."),
    Person("tomasz", "Tomasz Wróbel", "Europe/Warsaw", "Bees, bread and long walks."),
    Person("yuki", "佐藤ゆき", "Asia/Tokyo", "音と街を歩く人。Field recordings from Tokyo's side streets."),
    Person("amara_d", "Amara Diallo", "Africa/Dakar", "Teacher. Ask me about maps."),
    Person("leila", "ليلى حداد", "Asia/Beirut", "أقرأ بصوت عالٍ. Stories, read slowly."),
    Person("sven", "Sven Åkesson", "Europe/Stockholm", "I repair old synthesisers. Some of them thank me."),
    Person("priya", "प्रिया शर्मा", "Asia/Kolkata", "Raga in the morning, databases after lunch."),
    Person("olek", "Олександр Коваль", "Europe/Kyiv", "Chess by post, since 1998."),
    Person("mateo", "Mateo Fuentes", "America/Bogota", "Coffee grower, third generation."),
    Person("hana_k", "Hana Kealoha", "Pacific/Honolulu", "Tides, boats, and the songs about both."),
    Person("dimitra", "Δήμητρα Παππά", "Europe/Athens", "Theatre. Mostly lights, sometimes words."),
    Person("jonas", "Jonas Weber", "Europe/Berlin", "Night trains, and where they still go."),
    Person("wanjiru", "Wanjirũ Kamau", "Africa/Nairobi", "Birds of the city. Up at five."),
    Person("minjun", "김민준", "Asia/Seoul", "밤에 라디오를 듣습니다. Small radios, long nights."),
    Person("rosa", "Rosa Lindqvist-Ortega", "Europe/Madrid", "Baker. The oven is on by three."),
    Person("eitan", "איתן לוי", "Asia/Jerusalem", "Letters, type, and the space between."),
    Person("grace_o", "Grace Okonkwo", "Africa/Lagos", "Doctor by day. By night, highlife records."),
    Person("liam", "Liam Ó Briain", "Europe/Dublin", "Fiddle. Session on Thursdays."),
    Person("mei", "陈美玲", "Asia/Shanghai", "种茶,喝茶,谈茶。"),
    Person("noah", "Noah Whitehorse", "America/Denver", "Weather, stars, and other things overhead."),
    Person("fatima", "Fatima Zahra", "Africa/Casablanca", "Gardens on rooftops."),
    Person("anders", "Anders Holm", "America/New_York", ""),
    Person("thi_lan", "Nguyễn Thị Lan", "Asia/Ho_Chi_Minh", "I draw markets before they open."),
    Person("beatriz", "Beatriz Carvalho", "America/Sao_Paulo", "Samba school, percussion section."),
    Person("kofi", "Kofi Mensah", "Africa/Accra", "Bicycles: I build them from other bicycles."),
    Person("somchai", "สมชาย ใจดี", "Asia/Bangkok", "ทำอาหารข้างถนน. Street food, seriously."),
    Person("ruth", "Ruth Abernathy", "Australia/Sydney", "Retired librarian. Not quiet about it."),
    Person("giorgi", "გიორგი ბერიძე", "Asia/Tbilisi", "Polyphony: three voices are a village."),
    Person("elif", "Elif Yıldız", "Europe/Istanbul", "Ferries. I know their names."),
    Person("sam", "Sam", "", "Just listening."),
)

LIVE = (
    Live(
        Talk(
            "morning", "ines_moreau", "What does your street sound like right now?", "sound, cities", "yuki"
        ),
        ("wanjiru", "minjun", "elif", "sam", "thi_lan", "hana_k"),
    ),
    Live(
        Talk("sourdough", "rosa", "The oven is on: ask a baker", "bread, kitchen", "tomasz"),
        ("fatima", "somchai", "grace_o", "anders"),
    ),
)

PLANNED = (
    Planned(Talk("chess", "olek", "One game of chess, played slowly", "chess", "jonas"), 3, "Europe/Kyiv", 6),
    Planned(Talk("tea", "mei", "Spring tea: 第一泡", "tea, kitchen"), 20, "Asia/Shanghai", 9),
    Planned(Talk("sky", "noah", "The sky this week", "stars, weather"), 52, "America/Denver", 3),
    Planned(
        Talk("samba", "beatriz", "How a samba school tunes its drums", "music"), 150, "America/Sao_Paulo"
    ),
    Planned(Talk("fog", "hana_k", "Sailing in fog", "boats"), 30, "Pacific/Honolulu", 2, cancelled=True),
)

PAST = (
    Past(
        Talk("trains", "jonas", "Night trains: which ones still run?", "trains, travel", "elif"),
        70,
        minutes=48,
    ),
    Past(
        Talk("maps", "amara_d", "Maps that lie, and why we like them", "maps, history", "ruth"),
        30,
        minutes=65,
    ),
    Past(Talk("birds", "wanjiru", "Five in the morning, with birds", "birds, cities"), 12, minutes=22),
    Past(
        Talk("synths", "sven", "A synthesiser from 1979 comes back", "music, repair", "minjun"), 5, seconds=56
    ),
    Past(Talk("fiddle", "liam", "Three tunes and where they came from", "music", "giorgi"), 26, seconds=34),
    Past(Talk("type", "eitan", "Why letters lean", "type, books", "dimitra"), 49, seconds=24),
    Past(Talk("coffee", "mateo", "From the tree to the cup", "coffee, kitchen", "kofi"), 98, seconds=44),
    Past(Talk("stories", "leila", "قصة قبل النوم", "stories, books", "amara_d"), 170, seconds=16),
    Past(
        Talk("regret", "anders", "Something I should not have kept", "", "sam"), 60, seconds=8, deleted=True
    ),
    Past(Talk("last_month", "grace_o", "Highlife, side one", "music", "kofi"), 33 * DAY, seconds=12),
    Past(
        Talk("lights", "dimitra", "Rehearsal: light cues, act two", "theatre", "eitan", LINK_ONLY),
        21,
        minutes=35,
    ),
    Past(
        Talk("neighbours", "fatima", "Our roof, our plans", "gardens", "rosa", FOLLOWED_ONLY), 40, minutes=27
    ),
    Past(
        Talk("members", "priya", "Morning raga, for those who are here", "music", "liam", MEMBERS_ONLY),
        16,
        seconds=20,
    ),
)

POSTS = (
    Written(165, "leila", "حكاية قصيرة لهذه الليلة: {stories}", "story", likes=7, reposts=("amara_d",)),
    Written(164, "amara_d", "I understood half of it and all of the voice.", reply_to="story", likes=4),
    Written(
        150,
        "kofi",
        "Frame number forty is done. It was three bicycles last month. #repair",
        "frame",
        likes=11,
    ),
    Written(149, "sven", "What did you do about the head tube?", "tube", reply_to="frame", likes=1),
    Written(148.5, "kofi", "Cut it off, and asked nobody. @sven", reply_to="tube", likes=6),
    Written(
        140,
        "jonas",
        "The night train to Stockholm runs again in April. I checked twice. #trains",
        "april",
        likes=14,
        reposts=("elif", "sven"),
    ),
    Written(
        120, "grace_o", "Side two of that record is better. I will not be taking questions. #music", likes=5
    ),
    Written(
        110,
        "thi_lan",
        "Market, four in the morning: eels, lotus, and one radio. #cities",
        "market",
        likes=9,
        reposts=("yuki",),
    ),
    Written(109, "yuki", "そのラジオの音、録ってほしいです。", reply_to="market", likes=3),
    Written(
        97,
        "mateo",
        "All of it, from the tree to the cup: {coffee} #coffee",
        "coffee",
        likes=12,
        reposts=("rosa", "mei", "somchai"),
    ),
    Written(96, "mei", "茶也一样。", reply_to="coffee", likes=2),
    Written(95, "rosa", "I listened to this while the dough rested.", quote_of="coffee", likes=4),
    Written(
        90,
        "ruth",
        "A library is a room that is kept quiet so that people can talk to the dead. #books",
        "library",
        likes=18,
        reposts=("eitan", "leila", "amara_d"),
    ),
    Written(89, "anders", "Also: warm.", reply_to="library", likes=8),
    Written(88, "eitan", "And well set, on a good day.", reply_to="library", likes=3),
    Written(80, "noah", "Clear tonight. Saturn is the one that does not blink. #stars", "saturn", likes=6),
    Written(
        69, "elif", "Twelve people, one timetable from 1987. Thank you @jonas #trains", "timetable", likes=5
    ),
    Written(68, "jonas", "It is still the best one.", reply_to="timetable", likes=2),
    Written(64, "giorgi", "სამი ხმა — ერთი სიმღერა. #music", "three", likes=6, reposts=("liam",)),
    Written(63, "liam", "We should try that with two fiddles and a door.", quote_of="three", likes=7),
    Written(58, "somchai", "ก๋วยเตี๋ยวเรือวันนี้หมดตั้งแต่เก้าโมง. Sold out by nine. #kitchen", likes=10),
    Written(50, "olek", "Белые: 14. Кf5. Відповідь чекаю до четверга. @jonas #chess", "knight", likes=3),
    Written(49.5, "jonas", "It hurts. I am thinking.", reply_to="knight", likes=2),
    Written(48, "eitan", "למה אותיות נוטות? כאן: {type} #type", "lean", likes=8, reposts=("dimitra",)),
    Written(47, "dimitra", "Γέρνουν, γιατί βιάζονται.", reply_to="lean", likes=5),
    Written(45, "hana_k", "King tide at the harbour. The ducks walked home. #boats", likes=9),
    Written(
        44,
        "wanjiru",
        "The hadada ibis is an alarm clock with wings. #birds",
        "ibis",
        likes=13,
        reposts=("noah",),
    ),
    Written(43, "noah", "Ours is a magpie.", reply_to="ibis", likes=3),
    Written(
        42, "beatriz", "O surdo de primeira chegou. It does not fit in the lift. #music", "surdo", likes=8
    ),
    Written(41, "grace_o", "Play it on the stairs!", reply_to="surdo", likes=4),
    Written(38, "fatima", "Mint has taken the north side. I negotiate. #gardens", "mint", likes=12),
    Written(37, "mei", "薄荷从不谈判。", reply_to="mint", likes=6),
    Written(
        34, "priya", "Raga Bhairav at six; the crows kept time. #music", likes=7, reposts=("liam", "giorgi")
    ),
    Written(
        29,
        "amara_d",
        "My favourite false map shows an island that was a smudge. We kept it for 200 years. #maps",
        "smudge",
        likes=15,
        reposts=("ruth", "eitan"),
    ),
    Written(
        28.5, "ruth", "We have the atlas. The smudge has a harbour.", "harbour", reply_to="smudge", likes=9
    ),
    Written(28, "hana_k", "I would like to anchor there.", reply_to="harbour", likes=5),
    Written(
        25,
        "liam",
        "Three tunes, with @giorgi, and where they came from: {fiddle} #music",
        "tunes",
        likes=11,
        reposts=("beatriz", "priya"),
    ),
    Written(
        24.5,
        "priya",
        "The second one is nearly a raga. Tell me I am wrong.",
        "raga",
        reply_to="tunes",
        likes=4,
    ),
    Written(24, "giorgi", "You are not wrong.", reply_to="raga", likes=6),
    Written(22, "tomasz", "First pollen today: hazel. The bees have opinions. #bees", "hazel", likes=10),
    Written(21, "sam", "What do they say?", reply_to="hazel"),
    Written(19, "mei", "明早一起喝第一泡: {tea} #tea", "first_tea", likes=9, reposts=("mateo",)),
    Written(18, "mateo", "I’ll be there, with coffee, and no shame.", quote_of="first_tea", likes=8),
    Written(15, "kofi", "Does anybody have a 1979 freewheel? It is for a friend. #repair", likes=2),
    Written(11, "wanjiru", "Thank you all for getting up. We heard *eleven* of them. #birds", likes=7),
    Written(
        10,
        "yuki",
        "雨の路地。傘は五つ、足音は六つ。 #sound",
        "rain",
        likes=14,
        reposts=("ines_moreau", "thi_lan"),
    ),
    Written(
        9.5,
        "ines_moreau",
        "The sixth one is the best story I have heard this week.",
        quote_of="rain",
        likes=9,
    ),
    Written(
        8, "elif", "Paşabahçe is back in service. She is seventy-four. #boats", likes=12, reposts=("hana_k",)
    ),
    Written(6, "noah", "Planned: **the sky this week**, with questions. {sky} #stars", likes=5),
    Written(
        4.5,
        "sven",
        "It lives! The whole hour, cut to what matters: {synths} #repair",
        "lives",
        likes=16,
        reposts=("kofi", "minjun", "grace_o"),
    ),
    Written(4.2, "minjun", "중간의 그 소리, 정말 고장이었나요?", "sound", reply_to="lives", likes=4),
    Written(4, "sven", "Yes. I left it in.", reply_to="sound", likes=7),
    Written(3.5, "kofi", "Listen at 0:20: {synths}?t=20", quote_of="lives", likes=3),
    Written(3, "olek", "Tonight, one game, slowly: {chess} #chess", "tonight", likes=6, reposts=("jonas",)),
    Written(2.5, "ruth", "I shall knit.", reply_to="tonight", likes=8),
    Written(2, "anders", "New here. Hello.", "hello", likes=11),
    Written(1.8, "grace_o", "Welcome! Follow @ines_moreau first.", reply_to="hello", likes=5),
    Written(
        1.2,
        "rosa",
        "The oven is on. Ask me anything: {sourdough} #bread",
        "oven",
        likes=8,
        reposts=("tomasz",),
    ),
    Written(0.9, "fatima", "Can one bake with mint? Asking for the north side.", reply_to="oven", likes=4),
    Written(
        0.5,
        "ines_moreau",
        "Open your window and come in: {morning} #sound",
        "window",
        likes=13,
        reposts=("yuki", "wanjiru", "elif"),
    ),
    Written(0.3, "minjun", "창문을 열었습니다.", reply_to="window", likes=2),
    Written(0.1, "thi_lan", "Rain, motorbikes, one rooster who is late. #cities", likes=3),
)
"""The earliest first: what one answers or quotes stands above it."""


def talks() -> list[Talk]:
    """All of their spaces."""
    return [each.talk for each in (*LIVE, *PLANNED, *PAST)]
