"""Occasions that a caption names as a whole: what is in the picture, where, and how people say it.

A slot lists concepts by name; the composer draws one of each slot.
"""

from __future__ import annotations

from dataclasses import dataclass

_PEOPLE = ("child", "boy", "girl", "person", "man", "woman", "person running", "people wrestling")
_PUPIL = ("student", "graduation cap", "school", "scroll")


@dataclass(frozen=True, slots=True)
class Theme:
    """`phrases` say the occasion; `place` is a name in backgrounds.PLACES, or empty."""

    phrases: tuple[str, ...]
    slots: tuple[tuple[str, ...], ...]
    place: str = ""


# fmt: off
THEMES = (
    Theme(
        ("snowball fight", "throwing snowballs", "people throwing snowballs in the snow",
         "playing in the snow with snowballs", "kids having a snowball fight"),
        (_PEOPLE, ("white circle",), (*_PEOPLE, "white circle")),
        "snow",
    ),
    Theme(
        ("donut birthday cake", "birthday cake with donuts", "a birthday cake made of doughnuts"),
        (("birthday cake",), ("doughnut",), ("doughnut", "balloon", "party popper")),
    ),
    Theme(
        ("birthday party", "celebrating a birthday", "birthday celebration", "happy birthday"),
        (("birthday cake", "shortcake", "cupcake"), ("balloon", "party popper", "wrapped gift"),
         ("partying face", "confetti ball", "child", "girl", "boy")),
    ),
    Theme(
        ("wedding", "bride and groom", "getting married", "the wedding day", "wedding couple"),
        (("person with veil", "wedding"), ("person in tuxedo", "ring", "bouquet"),
         ("church", "bouquet", "ring", "clinking glasses")),
    ),
    Theme(
        ("camping trip", "camping in the wild", "a night at the campsite", "campfire by the tent"),
        (("tent", "camping"), ("fire", "wood", "flashlight", "evergreen tree")),
        "night",
    ),
    Theme(
        ("christmas", "christmas eve", "christmas at home", "merry christmas", "xmas"),
        (("christmas tree",), ("wrapped gift", "santa claus", "mrs. claus", "candle")),
        "room",
    ),
    Theme(
        ("halloween", "halloween night", "trick or treat", "halloween party"),
        (("jack-o-lantern",), ("ghost", "bat", "vampire", "spider", "candy")),
        "night",
    ),
    Theme(
        ("football match", "a game of soccer", "playing football", "soccer match"),
        (("soccer ball",), ("person running", "running shirt", "goal net", "trophy", "stadium")),
        "meadow",
    ),
    Theme(
        ("concert", "live music", "the band on stage", "rock concert"),
        (("guitar", "microphone", "drum", "saxophone", "violin"),
         ("singer", "musical notes", "studio microphone", "level slider")),
        "night",
    ),
    Theme(
        ("skiing holiday", "ski trip", "winter sports", "skiing in the mountains"),
        (("skier", "skis", "snowboarder"),
         ("snow-capped mountain", "mountain cableway", "snowflake")),
        "snow",
    ),
    Theme(
        ("day at the beach", "beach holiday", "summer holiday by the sea", "seaside vacation"),
        (("beach with umbrella", "bikini", "sunglasses"), ("sun", "palm tree", "desert island",
                                                            "person swimming", "spiral shell")),
        "beach",
    ),
    Theme(
        ("sailing trip", "boat trip", "a day out on the water"),
        (("sailboat", "speedboat", "motor boat", "canoe"),
         ("sun", "dolphin", "water wave", "anchor")),
        "sea",
    ),
    Theme(
        ("picnic", "picnic in the park", "lunch on the grass"),
        (("basket", "sandwich", "baguette bread"), ("red apple", "watermelon", "cheese wedge",
                                                     "deciduous tree")),
        "meadow",
    ),
    Theme(
        ("barbecue", "bbq party", "grilling in the garden"),
        (("fire", "cut of meat", "meat on bone"),
         ("hamburger", "hot dog", "beer mug", "ear of corn")),
        "meadow",
    ),
    Theme(
        ("graduation", "graduation day", "graduation ceremony"),
        (_PUPIL[:2], ("scroll", "books", "school", "party popper")),
    ),
    Theme(
        ("hiking", "hike in the mountains", "mountain hike"),
        (("hiking boot", "backpack", "person walking"), ("mountain", "snow-capped mountain",
                                                         "evergreen tree", "compass")),
        "mountains",
    ),
    Theme(
        ("building a snowman", "snowman in the garden", "we built a snowman"),
        (("snowman without snow", "snowman"), ("child", "girl", "boy", "scarf", "snowflake")),
        "snow",
    ),
    Theme(
        ("cat on the sofa", "cat on the couch", "a cat sleeping on the sofa"),
        (("couch and lamp",), ("cat", "cat face", "black cat")),
        "room",
    ),
    Theme(
        ("new year's eve", "new year's eve fireworks", "fireworks at midnight", "new year party"),
        (("fireworks", "sparkler"),
         ("bottle with popping cork", "clinking glasses", "party popper")),
        "night",
    ),
    Theme(
        ("romantic dinner", "date night", "valentine's dinner"),
        (("wine glass", "clinking glasses", "spaghetti"), ("candle", "rose", "red heart",
                                                            "fork and knife with plate")),
        "room",
    ),
    Theme(
        ("road trip", "driving to the mountains", "a journey by car"),
        (("automobile", "sport utility vehicle", "motorway"), ("mountain", "luggage", "world map",
                                                               "fuel pump")),
        "mountains",
    ),
)
# fmt: on
