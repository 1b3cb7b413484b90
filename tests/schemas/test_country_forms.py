"""Real-life spellings of countries and nationalities, by category, each with what a person reads in it.

From how passports, banks, registries and spreadsheets write them; the expectations are by hand, from ISO 3166-1.
"""

import pytest

from straitsx_bulk.schemas.countries import resolve_country

SINGAPORE_AND_NEIGHBOURS = """
SINGAPOREAN=SG | Singapore Citizen=SG | S'PORE=SG | Spore=SG | S’pore=SG | Republic of Singapore=SG
Singapore, Republic of=SG | singapore =SG | SINGAPURA=SG | Singapore (SGP)=SG | SGP=SG | 702=SG | sg=SG
Singapore / SG=SG | 新加坡=SG | MALAYSIAN=MY | Malaysia Citizen=MY | MYS=MY | warganegara Malaysia=MY | 458=MY
INDONESIAN=ID | WNI=ID | Republik Indonesia=ID | Warga Negara Indonesia=ID | IDN=ID | Thai=TH | THAILAND=TH
Kingdom of Thailand=TH | Filipino=PH | FILIPINA=PH | The Philippines=PH | Phillipines=PH
Philippines, Republic of the=PH | VIETNAMESE=VN | Viet Nam=VN | Socialist Rep of Vietnam=VN | VIET-NAM=VN
Burmese=MM | Myanmar (Burma)=MM | BURMA=MM | MYANMARESE=MM | Cambodian=KH | Kampuchea=KH | LAOS=LA
Lao People's Dem. Rep.=LA | LAO PDR=LA | Laotian=LA | Brunei=BN | BRUNEI DARUSSALAM=BN | Bruneian=BN
East Timor=TL | TIMOR-LESTE=TL | Timorese=TL | M'sia=MY | MSIA=MY
"""

GREATER_CHINA_AND_KOREA = """
CHINESE=CN | P.R.C.=CN | PRC=CN | PR China=CN | P.R. CHINA=CN | China, People's Republic of=CN
PEOPLES REPUBLIC OF CHINA=CN | China (PRC)=CN | Chinese (PRC)=CN | PRC national=CN | Mainland China=CN | 中国=CN
中華人民共和國=CN | Tiongkok=CN | Hong Kong SAR=HK | HONGKONG=HK | Hong Kong, China=HK | Hong Kong (SAR)=HK
Hong Kong S.A.R.=HK | HKSAR=HK | Hong Konger=HK | China - Hong Kong SAR=HK | Chinese (Hong Kong)=HK | 香港=HK
Macau=MO | MACAO SAR=MO | Macanese=MO | Macao, China=MO | Taiwan=TW | TAIWANESE=TW | Taiwan, R.O.C.=TW
Taiwan (Republic of China)=TW | R.O.C.=TW | Taiwan, Province of China=TW | TAIWAN ROC=TW | Chinese Taipei=TW
S. Korean=KR | N. Korea=KP | N. Korean=KP | Brit=GB | West German=DE
South Korean=KR | S. Korea=KR | KOREA, SOUTH=KR | Korea (South)=KR | KOREA REPUBLIC OF=KR | Korea, Rep.=KR
Rep. of Korea=KR | Republic Of Korea=KR | ROK=KR | Korea Selatan=KR | North Korea=KP | DPRK=KP | D.P.R. Korea=KP
Korea, Dem. People's Rep.=KP | KOREA= | korean= | Japanese=JP | JPN=JP | Mongolian=MN
"""

EUROPE = """
UK=GB | U.K.=GB | uk=GB | British=GB | BRITON=GB | Great Britain=GB | United Kingdom (UK)=GB | England=GB
ENGLISH=GB | Scottish=GB | Wales=GB | Northern Ireland=GB | British Citizen=GB | British National (Overseas)=GB
The United Kingdom=GB | UNITED KINGDOM OF GREAT BRITAIN AND NORTHERN IRELAND=GB | Irish=IE
Republic of Ireland=IE | Eire=IE | DUTCH=NL | The Netherlands=NL | Netherlands, The=NL | Holland=NL
HOLLANDER=NL | Kingdom of the Netherlands=NL | German=DE | GERMANY=DE | Fed. Rep. of Germany=
Federal Republic of Germany=DE | West Germany=DE | Deutschland=DE | FRENCH=FR | French Republic=FR | Swiss=CH
Switzerland=CH | Czech=CZ | Czech Republic=CZ | CZECHIA=CZ | The Czech Republic=CZ | Slovak Republic=SK
Slovenian=SI | Slovene=SI | Macedonia=MK | FYROM=MK | Macedonia, the former Yugoslav Republic of=MK
North Macedonia=MK | Bosnia=BA | Bosnia & Herzegovina=BA | BOSNIA-HERZEGOVINA=BA | Serb=RS | Croatian=HR
Montenegrin=ME | Danish=DK | Dane=DK | Swede=SE | Norwegian=NO | Finn=FI | Icelander=IS | Polish=PL
Spaniard=ES | España=ES | Portuguese=PT | Greek=GR | Cypriot=CY | Maltese=MT | Moldova, Republic of=MD
BELORUSSIA=BY | Russian=RU | Russian Fed.= | Russian Federation=RU | Ukrainian=UA | Turkey=TR | TÜRKIYE=TR
Turkiye=TR | Turk=TR | Vatican City=VA | Holy See=VA | Isle of Man=IM | Guernsey=GG | Jersey=JE
Luxembourger=LU | Monegasque=MC | San Marino=SM | Liechtensteiner=LI | Georgian=GE | Armenian=AM | Azeri=AZ
"""

AMERICAS = """
USA=US | U.S.A.=US | U.S.=US | US=US | United States of America=US | UNITED STATES=US | American=US
US Citizen=US | United States (US)=US | The US=US | America=US | U S A=US | Canadian=CA | Mexican=MX | Brasil=BR
BRAZILIAN=BR | Argentine=AR | Argentinian=AR | Chilean=CL | Bolivia=BO | Bolivia (Plurinational State of)=BO
Venezuela=VE | VENEZUELA, BOLIVARIAN REPUBLIC OF=VE | Colombian=CO | Ecuadorean=EC | Salvadoran=SV
Costa Rican=CR | Puerto Rico=PR | Dominican Republic=DO | Commonwealth of Dominica=DM | DOMINICAN=
Virgin Islands= | British Virgin Islands=VG | BVI=VG | Virgin Islands, British=VG | Virgin Islands (British)=VG
US Virgin Islands=VI | U.S. Virgin Islands=VI | Virgin Islands (U.S.)=VI | Cayman Is.=KY | CAYMAN ISLANDS=KY
Caymanian=KY | Bahamas=BS | The Bahamas=BS | Bahamas, The=BS | St. Lucia=LC | St Kitts & Nevis=KN
St. Vincent and the Grenadines=VC | Antigua & Barbuda=AG | Trinidad and Tobago=TT | Trinidad & Tobago=TT
Curacao=CW | CURAÇAO=CW | Sint Maarten=SX | Saint Martin= | St. Martin (French part)=MF | Guyanese=GY
French Guiana=GF | Surinam=SR | Netherlands Antilles= | Turks & Caicos=TC
"""

AFRICA_AND_MIDDLE_EAST = """
UAE=AE | U.A.E.=AE | United Arab Emirates=AE | Emirati=AE | Saudi=SA | KSA=SA | Kingdom of Saudi Arabia=SA
Qatari=QA | Iran=IR | Iran (Islamic Republic of)=IR | IRAN, ISLAMIC REPUBLIC OF=IR | Syria=SY
Syrian Arab Republic=SY | Palestine=PS | Palestinian=PS | Israeli=IL | Lebanese=LB | Jordanian=JO
Egypt, Arab Rep.=EG | Arab Republic of Egypt=EG | Ivory Coast=CI | Cote d'Ivoire=CI | CÔTE D'IVOIRE=CI
Côte d’Ivoire=CI | Cote D Ivoire=CI | Ivorian=CI | Congo= | CONGOLESE= | DR Congo=CD | DRC=CD
Congo, Democratic Republic of the=CD | Democratic Rep. of Congo=CD | Congo-Kinshasa=CD | Zaire=CD
Congo-Brazzaville=CG | Republic of the Congo=CG | Congo, Rep.=CG | Swaziland=SZ | ESWATINI=SZ | Swazi=SZ
Cape Verde=CV | Cabo Verde=CV | Tanzania=TZ | Tanzania, United Republic of=TZ | Nigerian=NG | Nigerien=NE
NIGER=NE | Nigeria=NG | Guinea=GN | Guinean=GN | Guinea-Bissau=GW | Equatorial Guinea=GQ | Gambia=GM
The Gambia=GM | South African=ZA | RSA=ZA | Zimbabwean=ZW | Rhodesia=ZW | South Sudan=SS | Sudanese=SD
Upper Volta=BF | Burkina Faso=BF | Motswana=BW | Malagasy=MG | Mauritian=MU | Mauritanian=MR
Sao Tome & Principe=ST | Central African Rep.=CF | Reunion=RE | Libyan=LY | Moroccan=MA | Western Sahara=EH
"""

ASIA_AND_PACIFIC = """
INDIAN=IN | Republic of India=IN | Bangladeshi=BD | Sri Lankan=LK | Ceylon=LK | Pakistani=PK | Nepali=NP
Nepalese=NP | Bhutanese=BT | Maldivian=MV | Afghan=AF | Kazakhstani=KZ | Kyrgyz Republic=KG | Uzbek=UZ
AUSTRALIAN=AU | 036=AU | New Zealander=NZ | New-Zealand=NZ | NZ=NZ | Papua New Guinea=PG | PNG=PG
Papua New Guinean=PG | Fijian=FJ | Samoa=WS | Western Samoa=WS | American Samoa=AS | Samoan=WS | Tongan=TO
Micronesia=FM | Micronesia (Federated States of)=FM | Marshall Is.=MH | Ni-Vanuatu=VU | New Caledonia=NC
French Polynesia=PF | Solomon Islands=SB | Kiribati=KI | Palauan=PW | Guam=GU
"""

BROKEN_UP_OR_WITHOUT_A_CODE = """
USSR= | Soviet Union= | Yugoslavia= | Czechoslovakia= | Serbia and Montenegro= | Kosovo= | Republic of Kosovo=
Kosovar= | Stateless= | Northern Irish= | Channel Islands= | Unknown= | Not Applicable= | Other=
"""

ALL = "|".join(
    "|".join(category.strip().splitlines())
    for category in (
        SINGAPORE_AND_NEIGHBOURS,
        GREATER_CHINA_AND_KOREA,
        EUROPE,
        AMERICAS,
        AFRICA_AND_MIDDLE_EAST,
        ASIA_AND_PACIFIC,
        BROKEN_UP_OR_WITHOUT_A_CODE,
    )
)
FORMS = [tuple(form.strip().rsplit("=", 1)) for form in ALL.split("|")]


@pytest.mark.parametrize(("text", "code"), FORMS)
def test_a_spelling_from_real_life_is_read_as_people_read_it(text: str, code: str) -> None:
    assert code == resolve_country(text).code


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("KOREA", "KP KR"), ("korean", "KP KR"), ("Congo", "CD CG"), ("CONGOLESE", "CD CG"), ("Dominican", "DM DO"),
        ("Virgin Islands", "VG VI"), ("St. Martin", "MF SX"), ("Northern Irish", "GB IE"),
        ("Czechoslovakia", "CZ SK"), ("Netherlands Antilles", "BQ CW SX"), ("Yugoslavia", "BA HR ME MK RS SI"),
    ],
)  # fmt: skip
def test_a_spelling_of_several_countries_names_them_all(text: str, candidates: str) -> None:
    assert tuple(candidates.split()) == resolve_country(text).candidates


def test_there_are_enough_spellings_to_mean_something() -> None:
    assert len(set(FORMS)) >= 300
