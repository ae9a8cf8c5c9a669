"""Spanish."""

from gphotos_search.search.understand.words.language import Language

ES = Language(
    code="es",
    months="enero|febrero|marzo|abril|mayo|junio|julio~|agosto|septiembre,setiembre|octubre"
    "|noviembre|diciembre",
    short_months="ene|feb|mar|abr||jun|jul|||oct|nov|dic",
    seasons="primavera|verano|otoño|invierno",
    weekdays="lunes|martes|miércoles|jueves|viernes|sábado|domingo",
    every_weekday="los lunes|los martes|los miércoles|los jueves|los viernes|los sábados"
    "|los domingos",
    weekend="fin de semana,fines de semana,finde",
    units="día,días|semana,semanas|mes,meses|año,años",
    numbers="1,un,una,uno|2,dos|3,tres|4,cuatro|5,cinco|6,seis|7,siete|8,ocho|9,nueve|10,diez"
    "|11,once|12,doce",
    days_past="hoy|ayer,anoche|anteayer,antes de ayer",
    last="último,última,últimos,últimas,pasado,pasada,pasados,pasadas",
    this="este,esta",
    ago_before="hace",
    ago_after="",
    decade="años,los,década de los",
    holidays={
        "christmas": "navidad,navidades",
        "christmas eve": "nochebuena",
        "new year": "año nuevo",
        "new year's eve": "nochevieja,fin de año",
        "easter": "semana santa,pascua",
        "halloween": "halloween",
        "valentine": "san valentín",
        "carnival": "carnaval,carnavales",
        "pentecost": "pentecostés",
    },
    at="en,durante,por,en el mes de,al",
    of="de,del",
    the="el,la,los,las",
    both="y",
    between="entre",
    start="de,desde,del",
    end="a,hasta,al",
    since="desde,a partir de,a partir del",
    before="antes de,antes del",
    after="después de,después del",
    until="hasta",
    where="en,a,desde",
    near="cerca de,junto a,alrededor de",
    along="con",
    either="o",
    without="sin,excepto,menos",
    album="álbum,el álbum,en el álbum,del álbum",
    photos="foto,fotos,imagen,imágenes,fotografía,fotografías",
    videos="vídeo,vídeos,video,videos,clip,clips",
    favorites="favoritos,favoritas,mis favoritos,mis favoritas,fotos favoritas,mis fotos favoritas,"
    "vídeos favoritos,mis vídeos favoritos",
    favorite="",
    taken_with="tomada con,tomadas con,hecha con,hechas con,sacada con,sacadas con,grabado con",
    lead="muestra,muéstrame,enséñame,busca,buscar,todas las,todos los,mis,nuestras,las,los",
    common="un,una,unos,unas,el,la,los,las,de,del,y,o,con,sin,en,sobre,bajo,para,por,mi,mis,"
    "nuestro,nuestra,su,sus,que,es,son,al,se,yo",
    usual="rojo,roja,azul,verde,negro,negra,blanco,blanca,pequeño,pequeña,grande,viejo,perro,"
    "gato,playa,coche,árbol,casa,niños,niño,niña,cumpleaños,nieve,fiesta,montaña,familia,"
    "tarta",
)
