"""Names that are ordinary words too, in any of the languages; folded as tokens are."""

from gphotos_search.search.understand.words.language import word_set

# Towns, regions and countries: read as places only after "in" and the like, with a capital.
PLACES = word_set(
    """
    alba angel apple arena as asti au august aurora bad baden bagno bar barn bath battle bay
    beach bella belle berg bergen best bird board bode boot bord borg bourg bourse brand
    bread brest bride brie brig broek brook buch buchen bug buren burg can canal cane cape
    casa casas castle cat centre chad champagne chicken china circle clear como concord cook
    coral corfu cork corn crest cross dame dania date deal delta den derby diamond dom dome
    dorf dove eagle ede eden egg ems enfield epic erde essen este eye fair fano feld fell
    ferne field fish florence ford forest fort fray freedom fritz fuente garden gol gold
    golf gouda grace grande grant grenada gross guinea haag hagen hall halle ham hamburger
    hamm harbor haus haven heide herne hill hof hohe hole home hood hope horn horse house
    hull hundred hunt inn insel ios island ivy jordan kamen kehl kirche kiss kraft lac lake
    lama lamp lange laon leer lens leon liege lima linden lodi long loo luna luz lys mai
    main man mann mar march maria marina mark mars marsala massa meer melle mess mill mobile
    mole monster mont monte moon moss most mouse mull muse natal neige nice niece nil nord
    norden normal noto nova nuit oban olive opera oral orange orchid oss ost palm pan
    paradise park pau pearl pecs peine perla plan plane poi point pole poole port prado prim
    prima puma quark queen race rain reading red regen rhein rice riva river romans rosa
    rosas rose rot royal ruby rust rye saale saga saint sal salem salon salt salto sand
    sandwich santa santiago saturn sauna schwarz seal see sens sete singen ski sol spa split
    spring stadt star stein stone strand stuhr sun superior surf tal tarn thal tiger tours
    tower trail trim troy tulle tur turkey turquoise union unna van varel vela velden venus
    vera via vichy victoria vienne villa violet virginia wald wall wand ware wash waterloo
    weiden wein wells wels werder wiesen wild wolf wood worms york zeist zell zug zwiesel
    """
)

# Given names: read as people only with a capital after "with" and the like.
PEOPLE = word_set(
    """
    abril alba amber angel april art august aurora autumn bella berg bill bob bruno candy
    carol charity chase cherry christian clay coral crystal daisy dale dawn dean dolores
    domingo eve faith felix fern fleur flor flora france frank gene ginger glen grace grant
    guy hazel heather holly hope hunter iris ivory ivy jade jasmin jasmine jean jersey joy
    jules julio july june juni kit leo liberty lily linde lola lotus lucky luna luz mai maja
    mar marco marina mark mars mary mason max may maya melody mercedes misty moon nelly noel
    nova olive opal orchid paris pascal patience paz peace pearl penny pepper perla pierre
    pilar poppy prince princess queen rain ray red reed rein rey rob robin rocio rocky rosa
    rose ruby rusty sage sandy santa scout serena shell sierra sky sol sole sonny star
    stella stern storm sugar summer sunny teddy tiffany tiger toni trinity vera victor viola
    violet violeta virginia will willow winter wolf wolke yo zeus
    """
)
