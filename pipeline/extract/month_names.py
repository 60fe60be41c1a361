"""Names of the months in further languages of newspapers; those that boards are mostly in stand with the forums."""

from __future__ import annotations

from functools import cache

from pipeline.forums.calendar_words import folded, month_number

__all__ = ["month_of"]

# Parted by semicolons: Arabic (two calendars' names), Persian, Urdu, Hebrew, Hindi, Bengali, Tamil, Thai, Bulgarian,
# Serbian, Macedonian, Belarusian, Kazakh, Uzbek, Azerbaijani, Armenian, Georgian, Latvian, Lithuanian, Estonian,
# Slovene, Slovak, Catalan, Galician, Basque, Icelandic, Albanian, Swahili, Malay, Filipino, Greek in the other case.
_NAMES = """
يناير جانفي ژانویه جنوری ינואר जनवरी জানুয়ারি ஜனவரி มกราคม ม.ค. януари јануар јануари студзеня қаңтар yanvar yanvar հունվար
იანვარი janvaris sausio jaanuar januarja januara gener xaneiro urtarrila janúar janar januari januari enero ιανουαριος
كانون_الثاني;
فبراير فيفري شباط فوریه فروری פברואר फरवरी ফেব্রুয়ারি பிப்ரவரி กุมภาพันธ์ ก.พ. февруари фебруар лютага ақпан fevral փետրվար
თებერვალი februaris februara vasario veebruar februarja febrer febreiro otsaila febrúar shkurt pebrero φεβρουαριος;
مارس آذار مارچ מרץ मार्च মার্চ மார்ச் มีนาคม มี.ค. марта сакавіка наурыз mart մարտ მარტი marts kovo märts marta març
martxoa mars machi mac marso μαρτιος;
أبريل ابريل إبريل أفريل نيسان آوریل اپریل אפריל अप्रैल এপ্রিল ஏப்ரல் เมษายน เม.ย. априла красавіка сәуір aprel ապրիլ
აპრილი aprilis balandžio aprill aprila abril apirila apríl prill aprili abril απριλιος;
مايو ماي أيار مه مئی מאי मई মে மே พฤษภาคม พ.ค. мај траўня мамыр մայիս მაისი maijs gegužės maja maig maiatza maí
mayo μαιος;
يونيو جوان حزيران ژوئن جون יוני जून জুন ஜூன் มิถุนายน มิ.ย. юни јуни јун чэрвеня маусым iyun հունիս ივნისი jūnijs
birželio juuni junija júna juny xuño ekaina júní qershor hunyo ιουνιος;
يوليو جويلية تموز ژوئیه جولائی יולי जुलाई জুলাই ஜூலை กรกฎาคม ก.ค. юли јули јул ліпеня шілде iyul հուլիս ივლისი jūlijs
liepos juuli julija júla juliol xullo uztaila júlí korrik julai hulyo ιουλιος;
أغسطس اغسطس أوت آب اوت اگست אוגוסט अगस्त আগস্ট ஆகஸ்ட் สิงหาคม ส.ค. август августа жніўня тамыз avqust avgust օգոստոս
აგვისტო augusts rugpjūčio avgusta augusta agost abuztua ágúst gusht agosti ogos agosto αυγουστος;
سبتمبر أيلول سپتامبر ستمبر ספטמבר सितंबर সেপ্টেম্বর செப்டம்பர் กันยายน ก.ย. септември септембар верасня қыркүйек sentyabr
սեպտեմբեր სექტემბერი septembris rugsėjo setembre setembro iraila shtator septemba setyembre σεπτεμβριος;
أكتوبر اكتوبر اکتبر اکتوبر אוקטובר अक्टूबर অক্টোবর அக்டோபர் ตุลาคม ต.ค. октомври октобар кастрычніка қазан oktyabr հոկտեմբեր
ოქტომბერი oktobris spalio oktoober oktobra októbra outubro urria október tetor oktoba oktubre οκτωβριος تشرين_الأول;
نوفمبر نوامبر نومبر נובמבר नवंबर নভেম্বর நவம்பர் พฤศจิกายน พ.ย. ноември новембар лістапада қараша noyabr նոյեմբեր
ნოემბერი novembris lapkričio novembra novembre azaroa nóvember nëntor novemba nobyembre νοεμβριος تشرين_الثاني;
ديسمبر دسامبر دسمبر דצמבר दिसंबर ডিসেম্বর டிசம்பர் ธันวาคม ธ.ค. декември децембар снежня желтоқсан dekabr դեկտեմբեր
დეკემბერი decembris gruodžio detsember decembra desembre decembro abendua desember dhjetor desemba disyembre δεκεμβριος
كانون_الأول
"""


def month_of(word: str) -> int | None:
    """1 to 12 for a month's name in any language known; Hebrew ones with their preposition too."""
    word = word.strip(".,،")
    found = month_number(word) or _months().get(folded(word))
    return found or (_months().get(word[1:]) if word.startswith("ב") else None)


@cache
def _months() -> dict[str, int]:
    return {
        folded(word.replace("_", " ")).rstrip("."): number
        for number, words in enumerate(_NAMES.split(";"), 1)
        for word in words.split()
    }
