"""Names that are ordinary words too, in any of the languages; folded as tokens are."""

# Towns, regions and countries: read as places only after "in" and the like, with a capital.
PLACES = frozenset(
    """
    alba angel apple arena as asti au august aurora bad baden bagno bar barn bath battle bay beach
    bella belle berg bergen best bird board bode bonn boot bord borg boston bourg bourse brand bread
    brest bride brie brig broek brook buchen buch bug burg burgos buren cadiz can canal cancun cane
    cannes cape casa casas castle cat centre chad champagne chicken china chile circle clear cologne
    como concord cook coral corfu cork corn crest cross cuba dame dania date deal delta den derby
    diamond dom dome dorf dove eagle ede eden egg ems enfield england epic erde essen este eye fair
    fano faro feld fell ferne field fish florence ford forest fort fray freedom fritz fulda fuente
    garden genoa georgia giessen gol gold golf gouda grace grande grant grenada gross guinea haag
    hagen hall halle ham hamburger hamm harbor haus haven heide herne hill hof hohe hole holland
    home hood hope horn horse house huesca hull hundred hunt imola inn insel ios island ivy jersey
    jordan kamen kehl kent kiel kirche kiss kraft krems lac lagos lake lama landau lange lamp laon
    leer lens leon liege lima limerick linden linz lodi long loo lourdes lucca luna luz lys mai main
    malaga malta man mann mar march marina mark mars marsala maria massa meer melle mess metz milan
    mill mobile mole monster mont monte moon moss most mouse mull munster muse nancy natal neige
    nice niece nil nord norden normal noto nova nuit oban olive opera oral orange orchid ost oss
    palm palma palermo pan paradise park pau peine pearl pecs perla perth petra pisa plan plane poi
    point pole poole port porto prado prato prim prima puma quark queen rabat race rain ravenna
    reading red regen reims rhein rice riva river roma rome romans rosa rosas rose rot royal ruby
    rust rye saale saga saint sal salem salon salt salto sand sandwich santa santiago saturn sauna
    savona schwarz see seal sens sete sevilla shanghai sheffield siena singen ski sligo sol soria
    spa spain split spring stadt star stein stone strand stuhr sun superior surf surrey tal tarn
    thal tiger tours tower trail trapani trier trim troy tulle tur turkey turquoise ulm union unna
    van varel vela velden venus verona vera via vichy victoria vienne vigo villa villach violet
    virginia volos wald wales wall wand ware wash waterloo weiden weimar wein wells wels werder wien
    wiesen wild wolf wolfsburg wood worms wall york zeist zell zug zwiesel
    """.split()
) - frozenset(
    "boston burgos cadiz cancun cannes cologne cuba faro fulda genoa huesca imola kiel lagos linz"
    " lucca malaga malta milan palermo palma perth pisa porto prato rabat ravenna reims roma rome"
    " savona sevilla shanghai sheffield siena soria spain trapani trier verona vigo wales weimar"
    " wien wolfsburg england georgia giessen holland krems landau metz munster nancy petra villach"
    " volos surrey sligo chile bonn ulm lourdes limerick kent jersey".split()
)

# Given names: read as people only with a capital after "with" and the like.
PEOPLE = frozenset(
    """
    abril alba amber angel april art august aurora autumn bella berg bill bob bruno candy carol
    charity chase cherry christian clay coral crystal dale daisy dawn dean dolores domingo eve faith
    felix fern fleur flor flora france frank gene ginger glen grace grant guy hazel heather holly
    hope hunter iris ivory ivy jade jasmine jasmin jean jersey joy july june juni jules julio kit
    leo liberty lily linde lola lotus lucky luna luz mai maja mar marco marina mark mars mary mason
    max may maya melody mercedes misty moon nelly noel nova olive opal orchid paris pascal patience
    paz pearl penny perla peace pepper pierre pilar poppy princess prince queen rain ray red reed
    rein rey rob robin rocky rocio rosa rose rosa ruby rusty sage sandy santa scout serena shell
    sierra sky sol sole sonny star stella stern storm sugar summer sunny teddy tiger toni tiffany
    trinity vera victor viola violet violeta viola virginia will willow winter wolf wolke yo zeus
    """.split()
)
