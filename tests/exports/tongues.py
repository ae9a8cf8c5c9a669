"""The folder and file names that a person's language setting decides.

Where no published export shows a language's word, the English one stands.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tongue:
    container: str
    year: str
    edited: str
    album_file: str = "metadata.json"
    archive: str = "Archive"
    trash: str = "Trash"
    locked: str = "Locked Folder"
    untitled: str = "Untitled"
    failed: str = "Failed Videos"


TONGUES = {
    "en": Tongue("Google Photos", "Photos from {}", "-edited"),
    "en-GB": Tongue("Google Photos", "Photos from {}", "-edited", trash="Bin"),
    "fr": Tongue(
        "Google Photos",
        "Photos de {}",
        "-modifié",
        "métadonnées.json",
        trash="Corbeille",
        untitled="Sans titre",
    ),
    "de": Tongue(
        "Google Fotos",
        "Fotos von {}",
        "-bearbeitet",
        "Metadaten.json",
        "Archiv",
        "Papierkorb",
        untitled="Ohne Titel",
    ),
    "de-aus": Tongue("Google Fotos", "Fotos aus {}", "-bearbeitet", "Metadaten.json", "Archiv"),
    "es": Tongue(
        "Google Fotos",
        "Fotos de {}",
        "-ha editado",
        "metadatos.json",
        "Archivo",
        "Papelera",
        "Carpeta privada",
    ),
    "es-del": Tongue("Google Fotos", "Fotos del {}", "-editado", "metadatos.json", "Archivo"),
    "pt": Tongue("Google Fotos", "Fotos de {}", "-editado", archive="Arquivo", trash="Lixeira"),
    "nl": Tongue(
        "Google Fotos", "Foto's uit {}", "-bewerkt", archive="Archief", trash="Prullenbak"
    ),
    "it": Tongue(
        "Google Foto", "Foto del {}", "-modificato", "metadati.json", "Archivio", "Cestino"
    ),
    "ru": Tongue("Google Фото", "Фото за {}", "-измененный", "метаданные.json", "архив", "корзина"),
    "bg": Tongue("Google Снимки", "Снимки от {}", "-edited", "метаданни.json"),
    "sk": Tongue("Fotky Google", "Fotky z roku {}", "-edited", "metadáta.json"),
    "ca": Tongue("Google Fotos", "Fotos del {}", "-editat", "metadades.json"),
    "pl": Tongue("Google Photos", "Photos from {}", "-edytowane"),
    "fi": Tongue("Google Kuvat", "Kuvat vuodelta {}", "-muokattu"),
    "tr": Tongue("Google Fotoğraflar", "{} yılındaki fotoğraflar", "-düzenlendi"),
    "ja": Tongue("Google フォト", "{}年の写真", "-編集済み", archive="アーカイブ", trash="ゴミ箱"),
    "ko": Tongue("Google 포토", "{}년의 사진", "-edited"),
    "zh-CN": Tongue("Google 相册", "{}年的照片", "-编辑"),
    "zh-CN-2": Tongue("Google 相册", "{}年的照片", "-已修改"),
    "zh-TW": Tongue("Google 相簿", "{}年的照片", "-已編輯"),
    "zh-HK": Tongue("Google 相片", "{}年的照片", "-已編輯"),
}
