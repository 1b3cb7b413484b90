"""Names of countries that ISO 3166-1 does not list: common, former and short ones, and those that name more than one.

The names of ISO itself come from pycountry. What stands here was written by hand for exports of people's data: a
name is listed for a country only where it can mean no other.
"""

ALIASES = {
    "AE": "UAE, Emirates",
    "AG": "Antigua",
    "AU": "Commonwealth of Australia",
    "AX": "Aland",
    "BA": "Bosnia, Bosnia Hercegovina, BiH",
    "BF": "Upper Volta, Burkina",
    "BJ": "Dahomey",
    "BL": "St Barts, Saint Barts, St Barths",
    "BN": "Brunei, Negara Brunei Darussalam",
    "BQ": "Caribbean Netherlands, Bonaire, Sint Eustatius, Saba",
    "BR": "Brasil",
    "BY": "Byelorussia, Belorussia",
    "BZ": "British Honduras",
    "CC": "Cocos Islands, Keeling Islands, Cocos Keeling",
    "CD": "DR Congo, DRC, Congo DR, Congo DRC, Dem Rep Congo, Congo Kinshasa, Democratic Congo, Zaire, Zaïre",
    "CF": "Central African Rep",
    "CG": "Congo Brazzaville, Congo Republic, Republic of Congo, Congo ROC",
    "CI": "Ivory Coast",
    "CN": "PRC, PR China, China PRC, China PR, Tiongkok, Mainland China, China Mainland, Peoples Rep of China",
    "CV": "Cape Verde, Republic of Cape Verde",
    "CY": "Republic of Cyprus",
    "CZ": "Czech Rep",
    "DE": "FRG, GDR, West Germany, East Germany, German Democratic Republic, Deutschland",
    "ES": "España",
    "FK": "Falklands, Falkland Islands, Malvinas",
    "FM": "Micronesia",
    "FO": "Faeroe Islands, Faroes, Faroe",
    "GB": "UK, Great Britain, Britain, England, Scotland, Wales, Northern Ireland, "
    "United Kingdom of Great Britain, "
    "UK of GB and NI, England and Wales, Inggris",
    "GE": "Republic of Georgia",
    "GF": "Guyane, French Guyana",
    "GG": "Bailiwick of Guernsey",
    "GQ": "Eq Guinea",
    "HK": "Hongkong, Hong Kong SAR, HKSAR, HK SAR, Hong Kong China, Hong Kong SAR China, China Hong Kong, "
    "China Hong Kong SAR, "
    "Hong Kong Special Administrative Region, Hong Kong SAR PRC, SAR Hong Kong",
    "HM": "Heard and McDonald Islands",
    "ID": "Republik Indonesia",
    "IE": "Republic of Ireland, Éire, Irish Republic",
    "IM": "Man Isle",
    "IR": "Persia",
    "JE": "Bailiwick of Jersey",
    "KG": "Kirghizia, Kirgizstan, Kirghizstan, Kyrgyzia",
    "KH": "Kampuchea",
    "KN": "St Kitts, Saint Kitts, Nevis",
    "KP": "DPRK, N Korea, DPR Korea, Korea DPR, Korea DPRK, Korea North",
    "KR": "ROK, Korea ROK, Korea South, Korea Rep, Rep Korea, S Korea, South Korea ROK",
    "KZ": "Kazakstan",
    "LA": "Lao PDR, PDR Laos, Lao Peoples Dem Rep",
    "LK": "Srilanka, Ceylon",
    "LY": "Libyan Arab Jamahiriya",
    "MD": "Moldavia",
    "MF": "Saint Martin French part, French Saint Martin",
    "MK": "Macedonia, FYROM, FYR Macedonia, Former Yugoslav Republic of Macedonia, Republic of Macedonia",
    "MM": "Burma, Myanmar Burma, Burma Myanmar, Union of Myanmar, Republic of the Union of Myanmar",
    "MO": "Macau, Macau SAR, Macao SAR, Macau China, Macao China, China Macau, China Macao, China Macau SAR, "
    "China Macao SAR, "
    "Macau SAR China, Macao SAR China, Macau Special Administrative Region, Macao Special Administrative Region",
    "MP": "Northern Marianas, CNMI, Saipan",
    "MU": "Mauritius Island",
    "MV": "Maldive Islands, Maldives Islands",
    "MY": "M'sia, Msia",
    "NL": "Holland, Nederland, Netherlands Holland",
    "NU": "Niue Island",
    "NZ": "Newzealand, Aotearoa, Aotearoa New Zealand",
    "PF": "Tahiti",
    "PG": "Papua N Guinea",
    "PH": "Philippine, Phillipines, Philipines, Phillippines, Filipinas, Pilipinas, Philippine Islands, "
    "Philippines Islands",
    "PM": "St Pierre Miquelon",
    "PN": "Pitcairn Islands, Pitcairn Island",
    "PS": "Palestine, Palestinian Territory, Palestinian Territories, Occupied Palestinian Territory, "
    "Palestinian Territory Occupied, State of Palestine",
    "RE": "Reunion Island",
    "RO": "Roumania, Rumania",
    "RU": "Russia",
    "SA": "KSA, Saudia Arabia, Kingdom Saudi Arabia",
    "SB": "Solomons",
    "SG": "S'pore, Singapore Republic, Rep of Singapore, Singapura, Singapore City",
    "SH": "Saint Helena, Ascension Island, Tristan da Cunha",
    "SJ": "Svalbard, Jan Mayen",
    "SK": "Slovak Rep",
    "SR": "Surinam, Dutch Guiana",
    "ST": "São Tomé, São Tomé e Príncipe",
    "SX": "Sint Maarten, St Maarten, Saint Maarten",
    "SY": "Syrian Arab Rep",
    "SZ": "Swaziland, Kingdom of Swaziland",
    "TC": "Turks Caicos",
    "TF": "French Southern and Antarctic Lands",
    "TH": "Siam",
    "TL": "East Timor",
    "TR": "Turkey, Republic of Turkey",
    "TT": "Trinidad, Tobago",
    "TW": "ROC, Taiwan ROC, ROC Taiwan, Republic of China, Taiwan Republic of China, Republic of China Taiwan, "
    "Taiwan China, Chinese Taipei, Taiwan Province of the Peoples Republic of China",
    "TZ": "Tanganyika",
    "UM": "US Minor Outlying Islands",
    "US": "USA, US, United States, America, US of A, United States America, US America",
    "VA": "Vatican, Vatican City, Holy See, Vatican City State",
    "VC": "St Vincent, Saint Vincent, SVG",
    "VG": "BVI, British Virgin Islands, Virgin Islands UK",
    "VI": "USVI, US Virgin Islands, United States Virgin Islands, American Virgin Islands, Virgin Islands USA",
    "VN": "Vietnam, South Vietnam, North Vietnam, SR Vietnam",
    "VU": "New Hebrides",
    "WS": "Western Samoa",
    "ZA": "RSA, S Africa",
    "ZM": "Northern Rhodesia",
    "ZW": "Rhodesia, Southern Rhodesia",
}
"""Alpha-2 code to further names, joined by ``, ``."""

AMBIGUOUS = {
    "Korea, Korean, Corea": "KP, KR",
    "Congo, Congolese": "CD, CG",
    "Dominican": "DM, DO",
    "Virgin Islands, Virgin Islander, Virgin Isles": "VG, VI",
    "Saint Martin, Saint Martiner": "MF, SX",
    "Northern Irish": "GB, IE",
    "Channel Islands, Channel Islander": "GG, JE",
    "Czechoslovakia, Czechoslovak, Czechoslovakian, Czechoslovak Socialist Republic": "CZ, SK",
    "Serbia and Montenegro": "ME, RS",
    "Yugoslavia, Yugoslav, Yugoslavian, Federal Republic of Yugoslavia": "BA, HR, ME, MK, RS, SI",
    "Netherlands Antilles, Dutch Antilles, Netherlands Antillean": "BQ, CW, SX",
    "USSR, Soviet Union, Soviet, Union of Soviet Socialist Republics": "AM, AZ, BY, EE, GE, KG, KZ, LT, LV, MD, RU, "
    "TJ, TM, UA, UZ",
}
"""Names of more than one country, joined by ``, ``, to the alpha-2 codes that they may mean.

Countries that broke apart stand here too: which of the successors a person belongs to is for people to say. Kosovo has
no ISO 3166-1 code and is therefore unknown, as are peoples and regions.
"""
