"""What the demo library shows: eight years of somebody's photos, written down as occasions.

A shot is: month and day, hour, things by CLDR name, place, how many takes, description or "".
"""

from __future__ import annotations

from dataclasses import dataclass

Shot = tuple[str, int, str, str, int, str]


@dataclass(frozen=True, slots=True)
class Album:
    """One occasion; an empty title means that the shots are in no album."""

    title: str
    year: int
    camera: str  # a key of CAMERAS
    where: tuple[float, float] | None
    shots: tuple[Shot, ...]


# make, model, how it names a file
CAMERAS = {
    "canon": ("Canon", "Canon EOS 80D", "IMG_{number:04}.JPG"),
    "iphone": ("Apple", "iPhone 8", "IMG_{number:04}.JPG"),
    "samsung": ("samsung", "SM-G973F", "{day}_{time}.jpg"),
    "pixel": ("Google", "Pixel 7", "PXL_{day}_{time}{number:03}.jpg"),
}

# fmt: off
ALBUMS = (
    Album("Ski week 2018", 2018, "canon", (46.5, 7.68), (
        ("02-11", 9, "skier,snow-capped mountain", "snow", 2, "First run of the week"),
        ("02-12", 10, "snowboarder,evergreen tree", "snow", 2, ""),
        ("02-12", 14, "girl,boy,white circle,white circle", "snow", 3, "Snowball fight!"),
        ("02-13", 11, "mountain cableway,snow-capped mountain", "mountains", 1, ""),
        ("02-13", 15, "snowman without snow,scarf", "snow", 2, "Our snowman got grandpa's scarf"),
        ("02-14", 18, "hot beverage,cookie", "room", 1, ""),
    )),
    Album("Anna & Tom's wedding", 2018, "canon", (48.21, 16.37), (
        ("06-16", 13, "person with veil,person in tuxedo", "meadow", 3, "Just married"),
        ("06-16", 14, "church,bouquet", "meadow", 1, ""),
        ("06-16", 15, "ring,bouquet", "", 2, ""),
        ("06-16", 17, "clinking glasses,bottle with popping cork", "room", 2, "Cheers!"),
        ("06-16", 22, "woman dancing,man dancing", "night", 2, ""),
    )),
    Album("", 2018, "iphone", None, (
        ("08-03", 12, "cat,couch and lamp", "room", 2, "Minka owns the sofa"),
        ("09-09", 19, "pizza", "", 1, ""),
        ("10-31", 20, "jack-o-lantern,ghost", "night", 2, "Halloween"),
    )),
    Album("Summer 2019", 2019, "iphone", (43.51, 16.44), (
        ("07-12", 10, "beach with umbrella,sun", "beach", 2, ""),
        ("07-13", 11, "sailboat,dolphin", "sea", 2, "Dolphins next to the boat!"),
        ("07-14", 10, "dog,tennis", "beach", 2, "Rex and his ball"),
        ("07-14", 16, "soft ice cream,sunglasses", "beach", 1, ""),
        ("07-15", 17, "crab,spiral shell", "beach", 2, ""),
        ("07-16", 12, "person swimming,diving mask", "sea", 1, ""),
        ("07-17", 19, "shrimp,lemon", "", 1, "Dinner at the harbour"),
    )),
    Album("Lena's birthdays", 2019, "iphone", (48.2, 16.4), (
        ("11-02", 15, "birthday cake,balloon", "room", 2, "Lena turns four"),
        ("11-02", 16, "wrapped gift,teddy bear", "room", 2, ""),
        ("11-02", 17, "partying face,party popper", "", 1, ""),
    )),
    Album("Christmas", 2019, "canon", None, (
        ("12-24", 18, "christmas tree,wrapped gift", "room", 2, "Christmas Eve"),
        ("12-24", 20, "santa claus,candle", "room", 1, ""),
        ("12-31", 23, "fireworks,clinking glasses", "night", 2, "Happy new year 2020"),
    )),
    Album("The garden", 2020, "samsung", (48.19, 16.3), (
        ("04-18", 11, "tulip,honeybee", "meadow", 2, ""),
        ("05-02", 15, "butterfly,sunflower", "meadow", 2, ""),
        ("05-30", 13, "hedgehog,mushroom", "meadow", 2, "A visitor in the evening"),
        ("06-20", 18, "tomato,carrot", "", 1, "First harvest"),
        ("07-11", 19, "cut of meat,fire", "meadow", 2, "Barbecue with the neighbours"),
        ("09-05", 10, "red apple,basket", "meadow", 1, ""),
    )),
    Album("", 2020, "samsung", None, (
        ("03-22", 9, "laptop,hot beverage", "room", 2, "Home office"),
        ("04-05", 14, "bread,croissant", "", 2, "Baking again"),
        ("05-17", 16, "guitar,musical score", "room", 1, ""),
        ("11-28", 17, "donkey,evergreen tree", "snow", 1, ""),
    )),
    Album("Lena's birthdays", 2020, "samsung", (48.2, 16.4), (
        ("11-02", 15, "birthday cake,doughnut,doughnut", "", 3, "Donut birthday cake, her idea"),
        ("11-02", 16, "cupcake,candle", "room", 1, ""),
    )),
    Album("Dolomites 2021", 2021, "samsung", (46.41, 11.84), (
        ("08-07", 8, "hiking boot,backpack", "mountains", 2, ""),
        ("08-08", 12, "ram,mountain", "mountains", 2, "He did not want to let us pass"),
        ("08-09", 20, "tent,fire", "night", 2, "Camping at the lake"),
        ("08-10", 13, "cheese wedge,grapes", "meadow", 1, "Picnic"),
        ("08-11", 11, "person climbing,snow-capped mountain", "mountains", 1, ""),
        ("08-12", 7, "sunrise over mountains", "", 1, ""),
    )),
    Album("Football", 2021, "samsung", (48.22, 16.42), (
        ("10-03", 10, "soccer ball,person running", "meadow", 3, "Under-8 league, third goal"),
        ("10-03", 12, "trophy,soccer ball", "meadow", 2, "Champions!"),
    )),
    Album("", 2022, "pixel", None, (
        ("01-15", 11, "dog,white circle", "snow", 2, "Rex hunts snowballs"),
        ("02-19", 15, "penguin,fish", "snow", 2, "At the zoo"),
        ("02-19", 16, "elephant,giraffe", "meadow", 2, ""),
        ("02-19", 17, "lion", "meadow", 1, ""),
        ("05-21", 21, "guitar,microphone", "night", 2, "Open air concert"),
        ("06-11", 18, "hamburger,french fries", "", 2, ""),
        ("09-10", 8, "school,backpack", "", 1, "First day at school"),
    )),
    Album("Paris & London", 2022, "pixel", (51.5, -0.12), (
        ("10-22", 10, "bus,umbrella with rain drops", "", 1, ""),
        ("10-23", 11, "locomotive,luggage", "", 2, ""),
        ("10-24", 13, "ferris wheel", "night", 1, ""),
        ("10-24", 15, "croissant,hot beverage", "", 1, ""),
        ("10-25", 9, "airplane,cloud", "", 2, "On the way home"),
    )),
    Album("Graduation", 2023, "pixel", (47.07, 15.44), (
        ("06-30", 11, "student,scroll", "meadow", 2, "Dr. Jana"),
        ("06-30", 12, "graduation cap,bouquet", "", 1, ""),
        ("06-30", 19, "spaghetti,wine glass", "room", 1, ""),
    )),
    Album("Safari", 2023, "canon", (-2.33, 34.83), (
        ("08-14", 7, "zebra,giraffe", "meadow", 2, ""),
        ("08-14", 9, "leopard", "meadow", 1, ""),
        ("08-15", 16, "hippopotamus", "sea", 1, ""),
        ("08-16", 18, "elephant,sunset", "meadow", 1, ""),
        ("08-17", 8, "flamingo", "sea", 2, ""),
    )),
    Album("", 2024, "pixel", None, (
        ("01-20", 14, "child,woman,white circle", "snow", 2, "Snowball fight, part two"),
        ("03-16", 10, "bicycle", "meadow", 2, "The new bike"),
        ("04-27", 9, "rabbit,egg", "meadow", 1, "Easter"),
        ("06-08", 18, "violin,musical notes", "", 1, ""),
        ("09-14", 12, "automobile,motorway", "mountains", 1, ""),
        ("10-12", 16, "cat,black cat", "room", 2, ""),
    )),
    Album("Iceland", 2025, "pixel", (64.15, -21.94), (
        ("05-05", 10, "horse", "meadow", 2, ""),
        ("05-06", 12, "volcano", "", 1, ""),
        ("05-07", 9, "whale,motor boat", "sea", 2, "There she blows"),
        ("05-08", 23, "milky way,tent", "night", 1, ""),
    )),
    Album("", 2026, "pixel", None, (
        ("02-07", 11, "sled,child", "snow", 2, ""),
        ("03-21", 17, "robot,video game", "room", 1, "Robotics club"),
        ("05-16", 12, "kite,child", "meadow", 2, ""),
        ("06-20", 20, "parachute,sunset", "", 1, ""),
    )),
)
# fmt: on

# things, place, description; each becomes a clip of two seconds and a poster
VIDEOS = (
    ("2019-07-13T11:20:05", "sailboat", "sea", "Leaving the harbour", "Summer 2019"),
    ("2022-01-15T11:02:40", "dog", "snow", "Rex in fresh snow", ""),
    ("2023-08-15T16:40:10", "elephant", "meadow", "", "Safari"),
    ("2024-03-16T10:15:00", "person biking", "meadow", "First ride", ""),
)

# fmt: off
# title and lines of what was on the screen
SCREENSHOTS = (
    ("2020-04-02T08:12:30", "Boarding pass", ("VIE  to  KEF", "Gate F 12", "Seat 21A", "08:45")),
    ("2021-02-14T19:30:00", "Apple pie",
     ("200 g flour", "120 g butter", "5 apples", "40 min at 180")),
    ("2023-11-05T21:05:12", "Wi-Fi guest", ("network: cottage", "password on the fridge")),
    ("2025-09-30T07:55:44", "Receipt",
     ("2 coffee     7.20", "1 croissant  2.90", "total       10.10")),
)
# fmt: on
