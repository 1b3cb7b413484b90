"""What exports commonly call the API's parameters: data for matching headers, nothing else.

Only names that can mean one thing stand in SYNONYMS, since they are used without asking. What is merely likely stands
in FRAGMENTS, which only ever makes a proposal.
"""

WHOLE_ADDRESS = "address"
"""Name under which a whole address in one column stands."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "customerName": (
        "Name", "Full Name", "Full Legal Name", "Legal Name", "Client Name", "User Name In Full", "Name of Customer",
        "Customer Full Name", "Name as per NRIC", "Name as in NRIC", "Name in NRIC", "Name as per Passport",
        "Name as in Passport", "Name as per ID", "Name as in ID", "Company Name", "Business Name", "Entity Name",
        "Corporate Name", "Name of Company", "Name of Business", "Registered Name", "Registered Company Name",
        "Nama Lengkap", "Vollständiger Name",
    ),
    "registrationType": (
        "Customer Type", "Client Type", "User Type", "Account Type", "Profile Type", "Entity Type",
        "Customer Profile Type", "Reg Type", "Personal or Business", "Personal/Business",
        "Individual/Corporate", "Individual or Business",
    ),
    "registrationId": (
        "NRIC", "NRIC No", "NRIC Number", "FIN", "FIN No", "FIN Number", "NRIC/FIN", "NRIC/FIN No", "NRIC or FIN",
        "NRIC/FIN Number", "NRIC/FIN/Passport", "NRIC/FIN/Passport No", "NRIC/Passport", "NRIC/Passport No",
        "NRIC/Passport Number", "Passport", "Passport No", "Passport Number", "UEN", "UEN No", "UEN Number", "ID No",
        "ID Number", "ID Card No", "ID Card Number", "Identity No", "Identity Number", "Identity Card No",
        "Identity Card Number", "Identification No", "Identification Number", "IC No", "IC Number", "Registration No",
        "Registration Number", "Reg No", "Reg ID", "Business Registration No", "Business Registration Number",
        "Company Registration No", "Company Registration Number", "Company Reg No", "Business Reg No", "BRN", "ACRA No",
        "NIK", "No KTP", "KTP No", "KTP Number", "NRIC, FIN, passport number or UEN",
    ),
    "registrationIdType": (
        "ID Type", "Type of ID", "Kind of ID", "Identity Type", "Identification Type", "ID Document Type",
        "Identity Document Type", "Document Type", "Reg ID Type",
    ),
    "registrationIdCountry": (
        "ID Country", "ID Issuing Country", "ID Country of Issue", "Issuing Country", "Country of Issue",
        "Country of Issuance", "ID Issue Country", "Passport Country", "Passport Issuing Country",
        "Reg ID Country", "Country that issued the ID",
    ),
    "address.street": (
        "Street", "Street Address", "Street Address 1", "Address Street", "Address Line", "Residential Street",
        "Straße",
    ),
    "address.city": ("City", "Town", "City/Town", "Town/City", "Address City", "City Name", "Kota", "Wohnort"),
    "address.state": ("Province", "State/Province", "State or Province", "State/Region", "State or Region"),
    "address.postalCode": (
        "Postal Code", "Postcode", "Post Code", "Postal", "ZIP", "ZIP Code", "Zip/Postal Code", "Postal/ZIP Code",
        "Postal or ZIP Code", "Address Postcode", "Address ZIP", "Kode Pos", "PLZ", "Postleitzahl",
    ),
    "address.country": ("Address Country", "Country of Address", "Country of the address"),
    "countryOfResidence": (
        "Residence Country", "Country Residence", "Resident Country", "Country of Domicile", "Residency Country",
    ),
    "dateOfBirth": (
        "DOB", "D.O.B.", "Birth Date", "Birthdate", "Birthday", "Date Birth", "Birth Dt", "Tanggal Lahir",
        "Geburtsdatum",
    ),
    "nationality": (
        "Citizenship", "Country of Citizenship", "Nationality Country", "Country of Nationality", "Kewarganegaraan",
        "Staatsangehörigkeit",
    ),
    "placeOfBiz": ("Place of Business", "Principal Place of Business", "Principal Place of Biz"),
    "placeOfBizCountry": (
        "Place of Business Country", "Country of Business", "Business Country", "Country of Place of Business",
        "Principal Place of Business Country", "Country of the place of business",
    ),
    "countryOfIncorporation": ("Incorporation Country", "Country Incorporated", "Country of Incorp"),
    "dateOfIncorporation": (
        "Incorporation Date", "Date Incorporated", "Incorporated On", "Date of Incorp", "Incorp Date",
    ),
    "gender": ("Sex", "Gender/Sex", "Sex/Gender"),
    "email": ("Email Address", "E-mail", "E-mail Address", "Email ID"),
    "phoneNo": (
        "Phone", "Phone Number", "Mobile", "Mobile No", "Mobile Number", "Mobile Phone", "Telephone", "Telephone No",
        "Telephone Number", "Tel", "Tel No", "Contact No", "Contact Number", "Handphone", "HP No", "HP", "Cell Phone",
    ),
    "customerNativeName": ("Native Name", "Name in Native Script", "Name in its own script", "Chinese Name"),
    "tradingName": ("Trading As", "Trade Name", "DBA", "Doing Business As"),
}  # fmt: skip

WHOLE_ADDRESS_WORDS = (
    "Address", "Addr", "Full Address", "Residential Address", "Registered Address", "Home Address", "Complete Address",
    "Address of Residence", "Registered Office Address", "Alamat",
)  # fmt: skip
"""A whole address in one column; the street alone where the export has a city column beside it."""

ADDRESS_LINE_WORDS = ("Address", "Addr", "Address Line", "Addr Line", "Street", "Street Address", "Residential Address")
"""With 1 to 4 behind them, the lines of one street: ``Address 1``, ``Addr Line 2``."""

BESIDE_ADDRESS: dict[str, tuple[str, ...]] = {
    "address.city": ("Ort",),
    "address.country": ("Country", "Country Name", "Land"),
    "address.state": ("State",),
}
"""What means a part of the address only where the export has another part of it: a ``State`` can be ``active``."""

PROFILE_ID_WORDS = ("customer_profile_id", "StraitsX Customer Profile ID", "StraitsX Profile ID")
BARE_NAMES = ("Name", "Nama")
GIVEN_NAMES = (
    "First Name", "Given Name", "Given Names", "Forename", "Forenames", "Vorname", "Prénom", "Nama Depan",
)  # fmt: skip
"""Beside one of these a bare ``Name`` is likely the family name alone: half a name is nobody's."""
REFERENCE_WORDS = ("reference",)
PROFILE_ID_LIKE = (
    "Profile ID", "Profile No", "Profile Number", "CP ID", "Customer Profile", "Customer Profile No", "StraitsX ID",
    "StraitsX Customer ID", "StraitsX Profile", "Xfers ID", "Xfers Profile ID",
)  # fmt: skip
"""What is likely the id that StraitsX gave a profile, and never the registrationId of a person or a company."""
_WHOSE = ("User", "Customer", "Cust", "Client", "Member", "Account", "Record", "External", "Internal", "CRM")
_WHAT = ("ID", "No", "Number", "Nr", "Num", "Ref", "Reference", "Key", "Code", "UUID")
REFERENCE_LIKE = (
    *(f"{whose} {what}" for whose in _WHOSE for what in _WHAT),
    *("Kundennummer", "Kundennr", "Kunden-ID", "Kunden-Nr", "Mitgliedsnummer", "Legacy ID", "Old ID", "Source ID"),
)
"""What is likely the key of the system that the export comes from."""

DECORATION = frozenset({
    "dd", "mm", "mmm", "yyyy", "yy", "ddmmyyyy", "mmddyyyy", "yyyymmdd", "ddmmyy", "ddmmmyyyy", "dmy", "mdy", "ymd",
    "required", "mandatory", "optional", "text",
})  # fmt: skip
"""What may stand in brackets behind a header without changing what it means."""

OTHER_THINGS = (
    "expir", "validuntil", "verified", "issuedate", "dateofissue", "placeofbirth", "birthplace", "countryofbirth",
    "customerno", "customernum",
)  # fmt: skip
"""Parts of headers that are proposed for nothing, whatever else their name holds: a ``Passport Expiry`` is no id."""

FRAGMENTS: tuple[tuple[str, str], ...] = (
    ("ausweisland", "registrationIdCountry"),
    ("ausweisart", "registrationIdType"),
    ("ausweis", "registrationId"),
    ("kundenart", "registrationType"),
    ("jalan", "address.street"),
    ("stras", "address.street"),
    ("ort01", "address.city"),
    ("pstlz", "address.postalCode"),
    ("land1", "address.country"),
    ("idtype", "registrationIdType"),
    ("doctype", "registrationIdType"),
    ("docno", "registrationId"),
    ("docnum", "registrationId"),
    ("documentno", "registrationId"),
    ("documentnum", "registrationId"),
    ("nric", "registrationId"),
    ("passport", "registrationId"),
    ("uen", "registrationId"),
    ("regno", "registrationId"),
    ("idno", "registrationId"),
    ("identit", "registrationId"),
    ("birth", "dateOfBirth"),
    ("dob", "dateOfBirth"),
    ("mail", "email"),
    ("phone", "phoneNo"),
    ("mobile", "phoneNo"),
    ("national", "nationality"),
    ("citizen", "nationality"),
    ("resid", "countryOfResidence"),
    ("incorp", "dateOfIncorporation"),
    ("placeofb", "placeOfBiz"),
    ("businessaddress", "placeOfBiz"),
    ("operatingaddress", "placeOfBiz"),
    ("postal", "address.postalCode"),
    ("zip", "address.postalCode"),
    ("postcode", "address.postalCode"),
    ("street", "address.street"),
    ("road", "address.street"),
    ("city", "address.city"),
    ("province", "address.state"),
    ("address", WHOLE_ADDRESS),
    ("addr", WHOLE_ADDRESS),
    ("issu", "registrationIdCountry"),
    ("country", "address.country"),
    ("gender", "gender"),
    ("native", "customerNativeName"),
    ("trading", "tradingName"),
    ("company", "customerName"),
    ("surname", "customerName"),
    ("name", "customerName"),
    ("type", "registrationType"),
)
"""Part of a header, case and punctuation dropped, to the parameter that it may mean; the first that fits."""
