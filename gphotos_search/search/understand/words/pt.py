"""Portuguese."""

from gphotos_search.search.understand.words.language import Language

PT = Language(
    code="pt",
    months="janeiro|fevereiro|!março|abril|maio|junho|julho|agosto|setembro|outubro|novembro"
    "|dezembro",
    short_months="jan|fev|mar|abr||jun|jul||||nov|dez",
    seasons="primavera|verão|outono|inverno",
    weekdays="segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira|sábado|domingo",
    every_weekday="segundas-feiras,às segundas|terças-feiras,às terças|quartas-feiras,às quartas"
    "|quintas-feiras,às quintas|sextas-feiras,às sextas|aos sábados|aos domingos",
    weekend="fim de semana,fins de semana,fim-de-semana,fins-de-semana",
    units="dia,dias|semana,semanas|mês,meses|ano,anos",
    numbers="1,um,uma|2,dois,duas|3,três|4,quatro|5,cinco|6,seis|7,sete|8,oito|9,nove|10,dez"
    "|11,onze|12,doze",
    days_past="hoje|ontem,ontem à noite|anteontem",
    last="último,última,últimos,últimas,passado,passada,passados,passadas",
    this="este,esta,neste,nesta",
    ago_before="há",
    ago_after="atrás",
    decade="anos,década de",
    holidays={
        "christmas": "natal",
        "christmas eve": "véspera de natal,noite de natal",
        "new year": "ano novo",
        "new year's eve": "réveillon,véspera de ano novo,passagem de ano",
        "easter": "páscoa",
        "halloween": "halloween",
        "valentine": "dia de são valentim",
        "carnival": "carnaval",
        "pentecost": "pentecostes",
    },
    at="em,no,na,nos,nas,ao,aos,durante,no mês de",
    of="de,do,da,dos,das",
    the="o,a,os,as",
    both="e",
    between="entre",
    start="de,desde,do",
    end="a,até,ao",
    since="desde,a partir de,a partir do",
    before="antes de,antes do,antes da",
    after="depois de,depois do,após",
    until="até,até ao,até o",
    where="em,no,na,nos,nas,a",
    near="perto de,perto do,perto da,junto a,ao lado de",
    along="com",
    either="ou",
    without="sem,exceto,não",
    album="álbum,o álbum,no álbum,do álbum",
    photos="foto,fotos,imagem,imagens,fotografia,fotografias",
    videos="vídeo,vídeos,clipe,clipes",
    favorites="favoritos,favoritas,meus favoritos,os meus favoritos,fotos favoritas,"
    "minhas fotos favoritas,as minhas fotos favoritas",
    favorite="",
    taken_with="tirada com,tiradas com,feita com,feitas com,gravado com",
    lead="mostra,mostre,mostra-me,procura,procure,todas as,todos os,minhas,meus,nossas,as,os",
    common="um,uma,uns,umas,o,os,de,do,da,dos,das,e,ou,com,sem,em,no,na,sobre,para,por,meu,"
    "minha,meus,minhas,nosso,nossa,seu,sua,que,são,ao,à",
    usual="vermelho,vermelha,azul,verde,preto,preta,branco,branca,pequeno,pequena,grande,velho,"
    "cão,cachorro,gato,praia,carro,árvore,casa,crianças,menino,menina,aniversário,neve,"
    "festa,montanha,família,bolo",
)
