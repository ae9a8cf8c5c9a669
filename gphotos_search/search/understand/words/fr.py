"""French."""

from gphotos_search.search.understand.words.language import Language

FR = Language(
    code="fr",
    months="janvier|février|mars~|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre",
    short_months="janv|févr,fév||avr|||juil|||oct|nov|déc",
    seasons="printemps|!été|automne|hiver",
    weekdays="lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    every_weekday="les lundis,le lundi|les mardis,le mardi|les mercredis,le mercredi"
    "|les jeudis,le jeudi|les vendredis,le vendredi|les samedis,le samedi"
    "|les dimanches,le dimanche",
    weekend="week-end~,weekend~,le week-end,les week-ends,le weekend,les weekends",
    units="jour,jours|semaine,semaines|mois|an,ans,année,années",
    numbers="1,un,une|2,deux|3,trois|4,quatre|5,cinq|6,six|7,sept|8,huit|9,neuf|10,dix|11,onze"
    "|12,douze",
    days_past="aujourd'hui|hier?,hier soir|avant-hier",
    last="dernier,dernière,derniers,dernières,passé,passée",
    this="ce,cet,cette",
    ago_before="il y a,y a",
    ago_after="",
    decade="années",
    holidays={
        "christmas": "noël",
        "christmas eve": "réveillon de noël,veille de noël",
        "new year": "nouvel an,jour de l' an,jour de l'an",
        "new year's eve": "saint-sylvestre,réveillon du nouvel an,réveillon",
        "easter": "pâques",
        "halloween": "halloween",
        "valentine": "saint-valentin",
        "carnival": "carnaval",
        "pentecost": "pentecôte",
    },
    at="en,au,aux,à,au mois de,au mois d',pendant,durant,dans,lors de,cours",
    of="de,d',du,des",
    the="le,la,les,l'",
    both="et",
    between="entre",
    start="de,du,d'",
    end="à,au,jusqu'en,jusqu'à,jusqu'au",
    since="depuis,à partir de,à partir du,à partir d'",
    before="avant,avant le,avant l'",
    after="après,après le,après l'",
    until="jusqu'en,jusqu'à,jusqu'au,jusque",
    where="à,en,au,aux,dans,chez",
    near="près de,près d',proche de,aux environs de,autour de,à côté de",
    along="avec",
    either="ou",
    without="sans,sauf,pas,hors",
    album="album,l' album,dans l' album,de l' album",
    photos="photo,photos,image,images,cliché,clichés,photographie,photographies",
    videos="vidéo,vidéos,clip,clips",
    favorites="favoris,mes favoris,favorites,photos préférées,mes photos préférées,"
    "photos favorites,mes photos favorites,vidéos préférées,mes vidéos préférées",
    favorite="",
    taken_with="prise avec,prises avec,pris avec,photographié avec,faites avec,filmé avec",
    lead="montre,montre-moi,montrez-moi,cherche,trouve,toutes les,tous les,mes,nos,les,des,la,le",
    common="un,une,des,les,le,la,du,de,et,ou,avec,sans,dans,sur,sous,chez,pour,par,mon,ma,mes,"
    "notre,nos,son,sa,ses,qui,que,est,sont,était,il,elle,nous,je,au,aux,en",
    usual="rouge,bleu,bleue,vert,noir,blanc,blanche,petit,petite,grand,grande,vieux,chien,chat,"
    "plage,voiture,arbre,maison,enfants,enfant,anniversaire,neige,fête,montagne,famille,"
    "gâteau",
)
