"""German."""

from gphotos_search.search.understand.words.language import Language

DE = Language(
    code="de",
    months="januar,jänner|februar,feber|märz,maerz|april|mai|juni|juli|august|september|oktober"
    "|november|dezember",
    short_months="jan|feb|mär|apr||jun|jul|aug|sep,sept|okt|nov|dez",
    seasons="frühling,frühjahr,fruehling,fruehjahr|sommer|herbst|winter",
    weekdays="montag|dienstag|mittwoch|donnerstag|freitag|samstag,sonnabend|sonntag",
    every_weekday="montags|dienstags|mittwochs|donnerstags|freitags|samstags,sonnabends|sonntags",
    weekend="wochenende~,wochenenden~",
    units="tag,tage,tagen|woche,wochen|monat,monate,monaten,monats|jahr,jahre,jahren,jahres",
    numbers="1,ein,eine,einem,einer,einen|2,zwei|3,drei|4,vier|5,fünf|6,sechs|7,sieben|8,acht"
    "|9,neun|10,zehn|11,elf|12,zwölf",
    days_past="heute|gestern,gestern abend|vorgestern",
    last="letzter,letzte,letzten,letztes,letztem,vergangene,vergangenen,vergangenes,vorige,vorigen,"
    "voriges",
    this="dieser,diese,diesen,dieses,diesem",
    ago_before="vor",
    ago_after="",
    decade="",
    holidays={
        "christmas": "weihnachten",
        "christmas eve": "heiligabend,heilig abend",
        "new year": "neujahr",
        "new year's eve": "silvester,sylvester",
        "easter": "ostern",
        "halloween": "halloween",
        "valentine": "valentinstag",
        "carnival": "karneval,fasching,fastnacht",
        "pentecost": "pfingsten",
    },
    at="im,in,am,an,zu,beim,während,über,aus,vom monat",
    of="von,vom,des",
    the="der,die,das,den,dem,des",
    both="und",
    between="zwischen",
    start="von,vom",
    end="bis,bis zum",
    since="seit,ab",
    before="vor",
    after="nach",
    until="bis,bis zum",
    where="in,aus,nach",
    near="nahe,in der nähe von,unweit von,bei,um,rund um",
    along="mit",
    either="oder",
    without="ohne,außer,nicht,kein,keine",
    album="album,im album,aus dem album,das album,dem album",
    photos="foto,fotos,bild,bilder,aufnahme,aufnahmen,schnappschuss",
    videos="video,videos,clip,clips,filmchen",
    favorites="favoriten,meine favoriten,lieblingsfotos,lieblingsbilder,meine lieblingsfotos,"
    "meine lieblingsbilder",
    favorite="",
    taken_with="aufgenommen mit,fotografiert mit,gemacht mit,geknipst mit,gefilmt mit",
    lead="zeig,zeig mir,zeige mir,zeige,such,suche,finde,alle,meine,unsere,die,das,der",
    common="und,oder,mit,ohne,ein,eine,einen,einem,einer,der,das,den,dem,auf,unter,hinter,neben,"
    "vor,bei,beim,zum,zur,im,am,von,vom,für,ist,sind,war,wir,ich,mir,uns,unser,unsere,"
    "mein,meine,meinem,meiner,sein,ihr,wo,wer,was",
    usual="roter,rote,rotes,blau,blaue,grüne,große,großer,kleine,kleiner,alte,alter,hund,katze,"
    "strand,auto,baum,haus,kinder,kind,geburtstag,schnee,berge,wir,essen,kuchen,familie",
)
