"""News agencies of the world: the name that documents carry, and the names that datelines and credits use."""

from __future__ import annotations

__all__ = ["ALIASES"]

_TABLE = """
AFP: AFP; Agence France-Presse; Agence France Presse; AFPBB News; AFPBB; ا ف ب; أ ف ب; أ.ف.ب; فرانس برس; 法新社; АФП
AP: AP; The Associated Press; Associated Press; A.P.; أسوشيتد برس; 美联社; 美聯社; АП; AP News
Reuters: Reuters; Thomson Reuters; REUTERS; رويترز; 路透社; 路透; ロイター; 로이터; Рейтер
TASS: TASS; ITAR-TASS; ТАСС; ИТАР-ТАСС; タス通信; 塔斯社
RIA Novosti: RIA Novosti; РИА Новости; РИА «Новости»
Interfax: Interfax; INTERFAX; Интерфакс; Interfax-Ukraine; INTERFAX-UKRAINE; Интерфакс-Украина; Інтерфакс-Україна
Sputnik: Sputnik; SPUTNIK
Xinhua: Xinhua; XINHUA; Xinhua News Agency; Agence Xinhua; 新华社; 新華社; 新华网; شينخوا; Синьхуа
China News Service: China News Service; CNS; 中新社; 中新网; 中新網; 中国新闻网
CNA: CNA; Central News Agency; 中央社
dpa: dpa; DPA; Deutsche Presse-Agentur; dpa-AFX; dpa-infocom; د ب أ; د.ب.أ; 德新社
EFE: EFE; Agencia EFE; efe; Efe; إفي
Europa Press: Europa Press; EUROPA PRESS; EuropaPress
ANSA: ANSA; Ansa
Adnkronos: Adnkronos; ADNKRONOS
AGI: AGI
Askanews: askanews; Askanews
LaPresse: LaPresse
UPI: UPI; United Press International
Bloomberg: Bloomberg; Bloomberg News; بلومبرغ; Блумберг; ブルームバーグ
PTI: PTI; Press Trust of India
ANI: ANI; Asian News International
IANS: IANS; Indo-Asian News Service
UNI: UNI; United News of India
APP: APP; Associated Press of Pakistan
BSS: BSS; Bangladesh Sangbad Sangstha; বাসস
UNB: UNB; United News of Bangladesh
RSS: RSS; Rastriya Samachar Samiti; रासस
Kyodo: Kyodo; KYODO; Kyodo News; 共同; 共同通信; 共同通信社; 共同社
Jiji: Jiji; JIJI; Jiji Press; 時事; 時事通信; 時事通信社
Yonhap: Yonhap; YONHAP; Yonhap News; Yonhap News Agency; 연합뉴스; 韩联社; 聯合ニュース
Newsis: Newsis; 뉴시스
KCNA: KCNA; Korean Central News Agency; 朝鮮中央通信; 朝中社
Bernama: Bernama; BERNAMA
Antara: Antara; ANTARA; ANTARA News
VNA: VNA; Vietnam News Agency; TTXVN
PNA: PNA; Philippine News Agency
TNA: TNA; Thai News Agency
Montsame: Montsame; MONTSAME
Anadolu: Anadolu; Anadolu Agency; Anadolu Ajansı; AA; الأناضول
DHA: DHA; Demirören Haber Ajansı; Demirören News Agency
IHA: IHA; İHA; İhlas Haber Ajansı
IRNA: IRNA; ایرنا; إرنا
ISNA: ISNA; ایسنا
Tasnim: Tasnim; تسنیم
Fars: Fars News Agency; FNA; فارس
MNA: MNA; Mehr News Agency
WAM: WAM; Emirates News Agency; وام
SPA: SPA; Saudi Press Agency; واس
QNA: QNA; Qatar News Agency; قنا
KUNA: KUNA; Kuna; Kuwait News Agency; كونا
BNA: BNA; Bahrain News Agency; بنا
ONA: ONA; Oman News Agency
Petra: Petra; PETRA; بترا
MENA: MENA; Middle East News Agency; أ ش أ; أ.ش.أ
SANA: SANA; سانا
NNA: NNA; National News Agency
WAFA: WAFA; Wafa; وفا
INA: INA; واع
APS: APS; Algérie Presse Service; وأج
MAP: MAP; Maghreb Arabe Presse; و م ع
TAP: TAP; Tunis Afrique Presse; وات
JNS: JNS; Jewish News Syndicate
JTA: JTA; Jewish Telegraphic Agency
NAN: NAN; News Agency of Nigeria
SAPA: SAPA; Sapa; South African Press Association
SAnews: SAnews; SAnews.gov.za
ANA: ANA; African News Agency
GNA: GNA; Ghana News Agency
ENA: ENA; Ethiopian News Agency
KNA: KNA; Kenya News Agency; Katholische Nachrichten-Agentur
ZIANA: ZIANA; New Ziana
ANGOP: ANGOP; Angop
PANA: PANA; Panapress
PA Media: PA Media; PA; Press Association; PA news agency
AAP: AAP; Australian Associated Press
RNZ: RNZ
CP: The Canadian Press; Canadian Press; CP; La Presse canadienne; La Presse Canadienne
APA: APA; Austria Presse Agentur
SDA: SDA; sda; Keystone-SDA; Keystone-ATS; ATS; ats; awp
epd: epd; Evangelischer Pressedienst
SID: SID; sid; Sport-Informations-Dienst
AFX: AFX
Belga: Belga; BELGA
ANP: ANP
Ritzau: Ritzau; RITZAU; ritzau
NTB: NTB; Norsk Telegrambyrå
TT: TT; TT-AFP; TT-Reuters
STT: STT; Suomen Tietotoimisto; STT–Lehtikuva
PAP: PAP; Polska Agencja Prasowa
CTK: ČTK; CTK; Česká tisková kancelář
TASR: TASR
SITA: SITA
MTI: MTI; Magyar Távirati Iroda
Agerpres: Agerpres; AGERPRES
Mediafax: Mediafax; MEDIAFAX
BTA: BTA; БТА; Bulgarian News Agency
Tanjug: Tanjug; TANJUG; Танјуг
Beta: Beta news agency; Агенција Бета
FoNet: FoNet; FONET
SRNA: SRNA; Срна
FENA: FENA; Fena
MIA: MIA; МИА
HINA: HINA; Hina
STA: STA; Slovenska tiskovna agencija
ATA: ATA; Agjencia Telegrafike Shqiptare
ANA-MPA: ANA-MPA; AMNA; ΑΠΕ-ΜΠΕ; ΑΠΕ
BNS: BNS; LETA/BNS; BNS/LETA; Baltic News Service
LETA: LETA
ELTA: ELTA
Lusa: Lusa; LUSA; Agência Lusa
Agência Brasil: Agência Brasil; Agencia Brasil
Folhapress: Folhapress; FOLHAPRESS
Estadão Conteúdo: Estadão Conteúdo
Télam: Télam; Telam; TELAM
Noticias Argentinas: Noticias Argentinas
Notimex: Notimex; NOTIMEX
Prensa Latina: Prensa Latina
ANDINA: ANDINA; Andina
ABI: ABI; Agencia Boliviana de Información
UNIAN: UNIAN; УНИАН; УНІАН
Ukrinform: Ukrinform; UKRINFORM; Укринформ; Укрінформ
BelTA: BelTA; BELTA; БЕЛТА; БелТА
Kazinform: Kazinform; Казинформ; Қазақпарат
Trend: Trend News Agency
AZERTAC: AZERTAC; Azertac
Armenpress: Armenpress; ARMENPRESS; Արմենպրես
InterPressNews: InterPressNews; IPN
AKIpress: AKIpress; АКИpress
UzA: UzA
Inter Press Service: Inter Press Service; IPS
"""
ALIASES: dict[str, str] = {
    alias.strip(): line.partition(":")[0]
    for line in _TABLE.strip().splitlines()
    for alias in line.partition(":")[2].split(";")
}
"""Name as written -> the agency; case matters, because many are short words."""
