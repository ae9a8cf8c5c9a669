"""Dutch."""

from gphotos_search.search.understand.words.language import Language

NL = Language(
    code="nl",
    months="januari|februari|maart|april|mei|juni|juli|augustus|september|oktober|november"
    "|december",
    short_months="jan|feb|mrt|apr||jun|jul|aug|sep,sept|okt|nov|dec",
    seasons="lente?,voorjaar|zomer|herfst,najaar|winter",
    weekdays="maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag",
    every_weekday="maandagen,'s maandags|dinsdagen|woensdagen,'s woensdags|donderdagen|vrijdagen"
    "|zaterdagen,'s zaterdags|zondagen,'s zondags",
    weekend="weekend~,weekenden,weekeinde~",
    units="dag,dagen|week,weken|maand,maanden|jaar,jaren",
    numbers="1,een,één|2,twee|3,drie|4,vier|5,vijf|6,zes|7,zeven|8,acht|9,negen|10,tien|11,elf"
    "|12,twaalf",
    days_past="vandaag|gisteren,gisteravond|eergisteren",
    last="vorig,vorige,afgelopen,laatste",
    this="deze,dit",
    ago_before="",
    ago_after="geleden",
    decade="jaren",
    holidays={
        "christmas": "kerst,kerstmis",
        "christmas eve": "kerstavond",
        "new year": "nieuwjaar",
        "new year's eve": "oudejaarsavond,oud en nieuw",
        "easter": "pasen",
        "halloween": "halloween",
        "valentine": "valentijnsdag",
        "carnival": "carnaval",
        "pentecost": "pinksteren",
        "sinterklaas": "sinterklaas",
        "king's day": "koningsdag",
    },
    at="in,op,tijdens,met,uit,rond,tegen",
    of="van",
    the="de,het,'t",
    both="en",
    between="tussen",
    start="van",
    end="tot,tot en met,t/m",
    since="sinds,vanaf",
    before="voor,vóór",
    after="na",
    until="tot,tot en met,t/m",
    where="in,te,uit,naar",
    near="bij,rond,rondom,vlakbij,dichtbij,in de buurt van,nabij",
    along="met",
    either="of",
    without="zonder,behalve,niet,geen",
    album="album,het album,in het album,uit het album",
    photos="foto,foto's,fotos,afbeelding,afbeeldingen,plaatje,plaatjes,kiekje,kiekjes",
    videos="video,video's,videos,filmpje,filmpjes,clip,clips",
    favorites="favorieten,mijn favorieten,favoriete foto's,mijn favoriete foto's,lievelingsfoto's",
    favorite="",
    taken_with="gemaakt met,genomen met,gefotografeerd met,gefilmd met",
    lead="toon,laat zien,zoek,vind,alle,al mijn,mijn,onze,de,het",
    common="een,de,het,van,en,of,met,zonder,in,op,onder,achter,naast,bij,voor,uit,aan,mijn,onze,"
    "ons,zijn,haar,hun,ik,wij,wat,wie,waar,is,was",
    usual="rode,rood,blauwe,blauw,groene,zwarte,witte,wit,kleine,grote,oude,hond,kat,strand,"
    "boom,huis,kinderen,kind,verjaardag,sneeuw,feest,bergen,familie,taart",
)
