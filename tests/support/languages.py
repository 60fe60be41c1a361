"""Sentences of ours in many languages, each with the encodings that its pages were once written in."""

from __future__ import annotations

__all__ = ["ENCODINGS", "SENTENCES"]

SENTENCES = {
    "en": "The council “reopened” the old harbour — it cost £2,300, the mayor’s office said on Monday.",
    "de": "Der Rat eröffnete am Montag die alte Hafenbrücke; die Kosten fielen größer aus, hieß es aus dem Büro.",
    "fr": "Le conseil a rouvert lundi le vieux port rénové : « c’était nécessaire », a déclaré la maire à l’école.",
    "es": "El concejo reabrió el lunes el viejo puerto; ¿quién pagará? Según la señora alcaldesa, los años dirán.",
    "pt": "A câmara reabriu na segunda-feira o velho porto; não é só uma questão de orçamento, disse a presidência.",
    "it": "Il consiglio ha riaperto lunedì il vecchio porto: «è più bello di così», perché la città l’ha voluto.",
    "pl": "Rada miasta otworzyła w poniedziałek stary port; źródła mówią, że koszt był większy niż się spodziewano.",
    "cs": "Městská rada v pondělí znovu otevřela starý přístav; náklady byly vyšší, než úřad původně očekával.",
    "hu": "A városi tanács hétfőn újra megnyitotta a régi kikötőt; a költségek magasabbak voltak, közölték őszintén.",
    "tr": "Belediye meclisi pazartesi günü eski limanı yeniden açtı; maliyet beklenenden yüksek çıktı, diye açıkladı.",
    "ru": "Городской совет в понедельник вновь открыл старую гавань после ремонта; расходы оказались выше, чем ждали.",
    "uk": "Міська рада в понеділок знову відкрила стару гавань після ремонту; її витрати були більші, ніж очікували.",
    "bg": "Градският съвет в понеделник отново отвори старото пристанище след ремонта; разходите бяха по-високи.",
    "el": "Το δημοτικό συμβούλιο άνοιξε ξανά τη Δευτέρα το παλιό λιμάνι· το κόστος ήταν μεγαλύτερο από όσο περίμεναν.",
    "he": "מועצת העיר פתחה מחדש ביום שני את הנמל הישן לאחר השיפוץ, והעלויות היו גבוהות מן הצפוי, כך נמסר.",
    "ar": "أعاد مجلس المدينة يوم الاثنين افتتاح الميناء القديم بعد الترميم، وكانت التكاليف أعلى من المتوقع.",
    "fa": "شورای شهر روز دوشنبه بندر قدیمی را پس از بازسازی دوباره گشود و هزینه‌ها بیش از انتظار بود.",
    "hi": "नगर परिषद ने सोमवार को मरम्मत के बाद पुराना बंदरगाह फिर से खोल दिया और खर्च अनुमान से अधिक रहा।",
    "th": "สภาเมืองเปิดท่าเรือเก่าอีกครั้งเมื่อวันจันทร์หลังการซ่อมแซม และค่าใช้จ่ายสูงกว่าที่คาดไว้มาก",
    "vi": "Hội đồng thành phố đã mở lại bến cảng cũ vào thứ Hai sau khi sửa chữa; chi phí cao hơn người ta tưởng.",
    "zh": "市议会星期一在修缮之后重新开放了旧港口，市长办公室表示费用比原先预计的要高得多，居民对此意见不一。",
    "zh-tw": "市議會星期一在修繕之後重新開放了舊港口，市長辦公室表示費用比原先預計的要高得多，居民對此意見不一。",
    "ja": "市議会は月曜日、改修を終えた古い港を再び開いた。費用は予想を大きく上回ったと市長の事務所は述べた。",
    "ko": "시의회는 월요일에 보수를 마친 옛 항구를 다시 열었으며 비용은 예상보다 훨씬 많이 들었다고 시장실이 밝혔다.",
    "lt": "Miesto taryba pirmadienį vėl atidarė senąjį uostą; išlaidos buvo didesnės, nei tikėtasi, sakė žmonės.",
    "is": "Borgarráð opnaði gömlu höfnina aftur á mánudag eftir viðgerð; kostnaðurinn varð þó meiri en búist var við.",
}
"""By language."""

ENCODINGS = {
    "windows-1252": ("en", "de", "fr", "es", "pt", "it", "is"),
    "windows-1250": ("pl", "cs", "hu"),
    "iso-8859-2": ("pl", "cs", "hu"),
    "windows-1254": ("tr",),
    "windows-1257": ("lt",),
    "windows-1251": ("ru", "uk", "bg"),
    "koi8-r": ("ru",),
    "windows-1253": ("el",),
    "windows-1255": ("he",),
    "windows-1256": ("ar",),
    "windows-874": ("th",),
    "gb18030": ("zh",),
    "big5": ("zh-tw",),
    "shift_jis": ("ja",),
    "euc-jp": ("ja",),
    "euc-kr": ("ko",),
}
"""The languages by encoding."""
