/**
 * Templates and what Prometheus makes of them, its error messages included. test/peers/promtool.test.ts has promtool confirm
 * every row; where it is not installed they stand as they were confirmed.
 */
export const LABELS = {
  __name__: "lag",
  instance: "db-1.example.org:9100",
  job: "kafka",
  group: "orders & <co>",
  limit: "1500",
  path: "/var/log/app.log",
} as const;

export const EXTERNAL_LABELS = { region: "eu-central-1", env: "prod" } as const;
export const EXTERNAL_URL = "http://prometheus.example.org/prom";

/** What `query "peers"` answers. */
export const PEERS = [
  { n: "a", rank: "2", value: 10 },
  { n: "b", rank: "1", value: 20 },
  { n: "c", rank: "3", value: 30 },
] as const;

/** Value of the sample where a row names none. */
export const VALUE = 1500;

export const TEMPLATES: readonly (readonly [template: string, text: string, value?: number])[] = [
  ["plain, with } and { in it", "plain, with } and { in it"],
  ["Instance {{ $labels.instance }} down", "Instance db-1.example.org:9100 down"],
  ["[{{ $labels.nothing }}]", "[]"],
  ["{{ .Labels.job }}/{{.Value}}", "kafka/1500"],
  [
    "{{ $labels }}",
    "map[__name__:lag group:orders & <co> instance:db-1.example.org:9100 job:kafka limit:1500 path:/var/log/app.log]",
  ],
  [
    "{{ $externalLabels.region }} {{ .ExternalLabels.env }} {{ $externalURL }}",
    "eu-central-1 prod http://prometheus.example.org/prom",
  ],
  ["{{ $value }}", "1500"],
  ["{{ $value }}", "1e+06", 1000000],
  ["{{ $value }}", "123456", 123456],
  ["{{ $value }}", "1.234567e+06", 1234567],
  ["{{ $value }}", "0.1", 0.1],
  ["{{ $value }}", "1e-05", 0.00001],
  ["{{ $value }}", "0.0001", 0.0001],
  ["{{ $value }}", "+Inf", Infinity],
  ["{{ $value }}", "-Inf", -Infinity],
  ["{{ $value }}", "NaN", Number.NaN],
  ["{{ $value }}", "-0.5", -0.5],
  ["{{ $value }}", "0.30000000000000004", 0.30000000000000004],
  [
    '{{ printf "%.2f|%5.1f|%-8.1f|%08.3f|%+.1f|%e|%g|%.3g|%v" $value $value $value $value $value $value $value $value $value }}',
    "2.50|  2.5|2.5     |0002.500|+2.5|2.500000e+00|2.5|2.5|2.5",
    2.5,
  ],
  ['{{ printf "%.0f %.0f %.1f" 0.5 1.5 0.25 }}', "0 2 0.2"],
  [
    '{{ printf "%d %5d %-5d| %05d %+d %x %X %o %b %c %q %U" 42 42 42 42 42 255 255 8 5 65 65 65 }}',
    "42    42 42   | 00042 +42 ff FF 10 101 A 'A' U+0041",
  ],
  [
    '{{ printf "%s|%10s|%-10s|%.3s|%q|%x|%v" "häuser" "ab" "ab" "abcdef" "a\\"b" "hi" "x" }}',
    'häuser|        ab|ab        |abc|"a\\"b"|6869|x',
  ],
  [
    '{{ printf "%t %v %5t" true false true }} {{ printf "%T %T %T %T" 1 1.5 "a" true }}',
    "true false  true int float64 string bool",
  ],
  [
    '{{ printf "%d" $value }} {{ printf "%s" 5 }} {{ printf "%z" 1 }} {{ printf "%d" }} {{ printf "a" 1 "b" }} {{ printf "%" }} 100{{ printf "%%" }}',
    "%!d(float64=1500) %!s(int=5) %!z(int=1) %!d(MISSING) a%!(EXTRA int=1, string=b) %!(NOVERB) 100%",
  ],
  ['{{ printf "%*d|%.*f" 6 42 2 3.14159 }}', "    42|3.14"],
  ['{{ print 1 2 "a" "b" 3 4.5 true }}|{{ println "x" 1 }}|{{ print }}', "1 2ab3 4.5 true|x 1\n|"],
  [
    "{{ humanize $value }} {{ humanize 0.0 }} {{ humanize 1234567.0 }} {{ humanize 0.00012 }} {{ humanize -2500000.0 }} {{ humanize 1e30 }}",
    "1.5k 0 1.235M 120u -2.5M 1e+06Y",
  ],
  [
    "{{ $value | humanize }} {{ $labels.limit | humanize }} {{ humanize 999.95 }} {{ humanize 1e-30 }}",
    "123.5k 1.5k 1000 1e-06y",
    123456.789,
  ],
  [
    "{{ humanize1024 $value }} {{ humanize1024 1048576.0 }} {{ humanize1024 0.5 }} {{ humanize1024 -3000.0 }}",
    "2ki 1Mi 0.5 -2.93ki",
    2048,
  ],
  [
    "{{ humanizeDuration $value }} {{ humanizeDuration 0.0 }} {{ humanizeDuration 59.99 }} {{ humanizeDuration 60.0 }} {{ humanizeDuration 3661.5 }} {{ humanizeDuration 90061.0 }} {{ humanizeDuration 0.0123 }} {{ humanizeDuration -75.0 }} {{ humanizeDuration 1e-7 }}",
    "25m 0s 0s 59.99s 1m 0s 1h 1m 1s 1d 1h 1m 1s 12.3ms -1m 15s 100ns",
  ],
  [
    "{{ humanizePercentage 0.1234567 }} {{ humanizePercentage 1.0 }} {{ $value | humanizePercentage }}",
    "12.35% 100% 5%",
    0.05,
  ],
  [
    "{{ humanizeTimestamp 1435065584.128 }} {{ humanizeTimestamp 0.0 }}",
    "2015-06-23 13:19:44.128 +0000 UTC 1970-01-01 00:00:00 +0000 UTC",
  ],
  [
    "{{ humanize $value }} {{ humanizeDuration $value }} {{ humanizePercentage $value }} {{ humanizeTimestamp $value }}",
    "NaN NaN NaN% NaN",
    Number.NaN,
  ],
  ["{{ if gt $value 1000.0 }}high{{ else }}low{{ end }}", "high"],
  ["{{ if lt $value 10.0 }}a{{ else if le $value 1500.0 }}b{{ else }}c{{ end }}", "b"],
  [
    '{{ if and $labels.job (ne $labels.job "flink") }}yes{{ end }}{{ if or "" 0 false }}no{{ end }}{{ if not $labels.nothing }}!{{ end }}',
    "yes!",
  ],
  [
    '{{ eq $labels.job "flink" "kafka" }} {{ ne 1 2 }} {{ lt 1 2 }} {{ le 2 2 }} {{ gt "b" "a" }} {{ ge 1.5 2.5 }} {{ eq true true }}',
    "true true true true true false true",
  ],
  ["{{ with $labels.job }}job={{ . }}{{ end }}{{ with $labels.nothing }}x{{ else }}none{{ end }}", "job=kafkanone"],
  ["{{ range $name, $text := $externalLabels }}{{ $name }}={{ $text }};{{ end }}", "env=prod;region=eu-central-1;"],
  [
    "{{ range $externalLabels }}<{{ . }}>{{ end }}{{ range $labels.nothing }}x{{ else }}empty{{ end }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:173: executing "__alert_T" at <$labels.nothing>: range can\'t iterate over >',
  ],
  ["{{ $a := 1 }}{{ if true }}{{ $a = 2 }}{{ $b := 3 }}{{ $b }}{{ end }}{{ $a }}", "32"],
  [
    '{{ range $i, $s := sortByLabel "n" (query "peers") }}{{ if eq $i 2 }}{{ break }}{{ end }}{{ if eq $i 0 }}{{ continue }}{{ end }}{{ $s.Labels.n }}={{ .Value }}{{ end }}',
    "b=20",
  ],
  [
    '{{ with query "peers" | sortByLabel "n" }}{{ . | first | value }} {{ . | first | label "n" }} {{ len . }}{{ end }}',
    "10 a 3",
  ],
  ['{{ range query "peers" | sortByLabel "rank" }}{{ .Labels.n }} {{ end }}', "b a c "],
  ['{{ query "sum(peers)" | first | value | printf "%.1f" }} {{ query "nothing" | len }}', "60.0 0"],
  [
    '{{ (index (sortByLabel "n" (query "peers")) 1).Labels.n }} {{ (query "peers" | sortByLabel "n" | first).Value }}',
    "b 10",
  ],
  ['{{ "kafka broker-down" | title }} {{ "Ab" | toUpper }} {{ "Ab" | toLower }}', "Kafka Broker-Down AB ab"],
  [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is RE2's
    '{{ match "ka.*" $labels.job }} {{ match "^x" $labels.job }} {{ reReplaceAll "(.*):(\\\\d+)" "$2 at ${1}" $labels.instance }} {{ reReplaceAll "a" "$$" "banana" }}',
    "true false 9100 at db-1.example.org b$n$n$",
  ],
  [
    '{{ $labels.instance | stripPort }} {{ stripPort "[::1]:80" }} {{ stripPort "a:b:c" }} {{ stripPort "plain" }}',
    "db-1.example.org ::1 a:b:c plain",
  ],
  [
    '{{ $labels.instance | stripDomain }} {{ stripDomain "10.0.0.1:80" }} {{ stripDomain "a.b.c" }} {{ stripDomain "[::1]:80" }}',
    "db-1:9100 10.0.0.1:80 a [::1]:80",
  ],
  [
    '{{ graphLink "up == 0" }} {{ tableLink "sum(rate(x[5m]))" }}',
    "/graph?g0.expr=up+%3D%3D+0&g0.tab=0 /graph?g0.expr=sum%28rate%28x%5B5m%5D%29%29&g0.tab=1",
  ],
  [
    '{{ html $labels.group }} {{ js "it\'s <\\"x\\"> & = \\n" }} {{ urlquery "a b/c?d=é" }} {{ safeHtml "<b>" }}',
    'orders &amp; &lt;co&gt; it\\\'s \\u003C\\"x\\"\\u003E \\u0026 \\u003D \\u000A a+b%2Fc%3Fd%3D%C3%A9 <b>',
  ],
  [
    '{{ len $labels.job }} {{ len "häuser" }} {{ len $externalLabels }} {{ slice "abcdef" 1 3 }} {{ index $labels "job" }} {{ index "abc" 1 }} {{ index $labels "nothing" }}',
    "5 7 2 bc kafka 98 ",
  ],
  ["a {{- 1 -}} b {{ 2 -}}   \n c\n{{- /* gone */ -}}\n d{{/* comment */}}e {{ -1 }}", "a1b 2cde -1"],
  [
    "{{ `raw \\n \"text\"` }} {{ 'a' }} {{ 0x1F }} {{ 1_000 }} {{ 1e3 }} {{ 017 }} {{ .5 }} {{ -2.50 }} {{ true }}",
    'raw \\n "text" 97 31 1000 1000 15 0.5 -2.5 true',
  ],
  [
    '{{ define "one" }}[{{ . }}]{{ end }}{{ template "one" $labels.job }}{{ template "one" }}{{ block "two" 5 }}<{{ . }}>{{ end }}',
    "[kafka][<no value>]<5>",
  ],
  ['{{ args 1 "b" $value }} {{ (args "x").arg0 }} {{ (args "x").arg7 }}', "map[arg0:1 arg1:b arg2:1500] x <no value>"],
  ["{{ with $x := $labels.job }}{{ $x }}{{ $.Labels.group }}{{ end }}", "kafkaorders & <co>"],
  ['{{ $labels.job | printf "%s-%s" "pre" | toUpper }}', "PRE-KAFKA"],
  [
    '{{ toTime 1435065584.0 }} {{ (toTime 1435065584.0).Year }} {{ (1435065584.128 | toTime).Format "Mon Jan _2 15:04:05.000 2006, 3PM" }}',
    "2015-06-23 13:19:44 +0000 UTC 2015 Tue Jun 23 13:19:44.128 2015, 1PM",
  ],
  ['{{ parseDuration "1h30m" }} {{ parseDuration "2d" | humanizeDuration }}', "5400 2d 0h 0m 0s"],
  [
    "{{ $x := $value }}{{ $y := 2 }}{{ $x }} {{ $y }} {{ eq $y 2 }} {{ nil | print }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:178: executing "__alert_T" at <nil>: nil is not a command>',
  ],
  ['über {{ "\\u00e9\\t|\\x41\\101" }} ✓', "über é\t|AA ✓"],
  ["{{if true}}{{else}}x{{end}}{{range $i := $externalLabels}}{{$i}}{{end}}", "prodeu-central-1"],
  ['{{ printf "%v %v %q" $externalLabels nil "ü\\n" }}', 'map[env:prod region:eu-central-1] <nil> "ü\\n"'],
  [
    '{{ not 0 }} {{ and 1 0 2 }} {{ or 0 "" "z" }} {{ and }}',
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:161: executing "__alert_T" at <and>: wrong number of args for and: want at least 1 got 0>',
  ],
  [
    "{{ gt $value 5 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <gt $value 5>: error calling gt: incompatible types for comparison>',
  ],
  [
    '{{ first (query "nothing") }}',
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <first (query "nothing")>: error calling first: first() called on vector with no elements>',
  ],
  [
    "{{ $labels.job.deeper }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:122: executing "__alert_T" at <$labels.job.deeper>: can\'t evaluate field deeper in type string>',
  ],
  [
    "{{ .Labels.job.Nope }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:122: executing "__alert_T" at <.Labels.job.Nope>: can\'t evaluate field Nope in type string>',
  ],
  [
    '{{ humanize "abc" }}',
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <humanize "abc">: error calling humanize: strconv.ParseFloat: parsing "abc": invalid syntax>',
  ],
  [
    "{{ toUpper 5 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:123: executing "__alert_T" at <5>: expected string; found 5>',
  ],
  [
    "{{ $value | toUpper }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:124: executing "__alert_T" at <toUpper>: wrong type for value; expected string; got float64>',
  ],
  [
    "{{ range 5.5 }}x{{ end }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:121: executing "__alert_T" at <5.5>: range can\'t iterate over 5.5>',
  ],
  [
    '{{ label "x" }}',
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <label>: wrong number of args for label: want 2 got 1>',
  ],
  [
    "{{ index $labels 1 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <index $labels 1>: error calling index: value has type int; should be string>',
  ],
  [
    '{{ slice "abc" 2 9 }}',
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <slice "abc" 2 9>: error calling slice: index out of range: 9>',
  ],
  [
    '{{ template "missing" }}',
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:124: executing "__alert_T" at <{{template "missing"}}>: template "missing" not defined>',
  ],
  [
    "line one\n{{ $value | first }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:2:12: executing "__alert_T" at <first>: wrong type for value; expected template.queryResult; got float64>',
  ],
  [
    '{{ parseDuration "5 minutes" }}',
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <parseDuration "5 minutes">: error calling parseDuration: not a valid duration string: "5 minutes">',
  ],
  [
    "über\n{{ $labels.job.x }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:2:10: executing "__alert_T" at <$labels.job.x>: can\'t evaluate field x in type string>',
  ],
  [
    "é {{ 1 }}{{ $labels.job.x }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:132: executing "__alert_T" at <$labels.job.x>: can\'t evaluate field x in type string>',
  ],
  [
    "{{ .Value.x }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:121: executing "__alert_T" at <.Value.x>: can\'t evaluate field x in type float64>',
  ],
  ["{{ ($value) }} {{ (1) }} {{ ((print 1)) }}", "1500 1 1"],
  [
    "{{ $value.x }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:121: executing "__alert_T" at <$value.x>: can\'t evaluate field x in type float64>',
  ],
  [
    "{{ len 5 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <len 5>: error calling len: len of type int>',
  ],
  [
    "{{ eq 1 1.0 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <eq 1 1.0>: error calling eq: incompatible types for comparison>',
  ],
  [
    "{{ eq }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <eq>: wrong number of args for eq: want at least 1 got 0>',
  ],
  [
    "{{ eq 1 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <eq 1>: error calling eq: missing argument for comparison>',
  ],
  [
    "{{ lt true false }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <lt true false>: error calling lt: invalid type for comparison>',
  ],
  [
    '{{ "x" | index $labels }}|{{ index 5 1 }}',
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:141: executing "__alert_T" at <index 5 1>: error calling index: can\'t index item of type int>',
  ],
  [
    '{{ match "(" "x" }}',
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <match "(" "x">: error calling match: error parsing regexp: missing closing ): `(`>',
  ],
  [
    "{{ call 5 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <call 5>: error calling call: non-function of type int>',
  ],
  [
    "{{ nil }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <nil>: nil is not a command>',
  ],
  [
    "{{ with nil }}x{{ end }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:120: executing "__alert_T" at <nil>: nil is not a command>',
  ],
  [
    "{{ if nil }}x{{ end }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:118: executing "__alert_T" at <nil>: nil is not a command>',
  ],
  [
    '{{ $labels.job "x" }}',
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:122: executing "__alert_T" at <$labels.job>: job is not a method but has arguments>',
  ],
  [
    "{{ true 5 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <true>: can\'t give argument to non-function true>',
  ],
  [
    "{{ 5 | $value }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:119: executing "__alert_T" at <$value>: can\'t give argument to non-function $value>',
  ],
  [
    "{{ range $k := $labels }}{{ $k.x }}{{ end }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:142: executing "__alert_T" at <$k.x>: can\'t evaluate field x in type string>',
  ],
  [
    "{{ humanizeTimestamp 1e30 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <humanizeTimestamp 1e30>: error calling humanizeTimestamp: 1e+30 cannot be represented as a nanoseconds timestamp since it overflows int64>',
  ],
  [
    '{{ toTime "x" }}',
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <toTime "x">: error calling toTime: strconv.ParseFloat: parsing "x": invalid syntax>',
  ],
  [
    "{{ query 5 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:121: executing "__alert_T" at <5>: expected string; found 5>',
  ],
  [
    "{{ first 5 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:121: executing "__alert_T" at <5>: can\'t handle 5 for arg of type template.queryResult>',
  ],
  [
    "{{ printf 5 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:122: executing "__alert_T" at <5>: expected string; found 5>',
  ],
  [
    "{{ printf }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <printf>: wrong number of args for printf: want at least 1 got 0>',
  ],
  [
    "{{ not }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:115: executing "__alert_T" at <not>: wrong number of args for not: want 1 got 0>',
  ],
  ['{{ "a" | printf "%s %s" }}', "a %!s(MISSING)"],
  ['{{ print (query "peers" | sortByLabel "n" | first) }}', "&{map[__name__:peers n:a rank:2] 10}"],
  ['{{ query "peers" | sortByLabel "n" | first }}', "{map[__name__:peers n:a rank:2] 10}"],
  ["{{ $value | }}{{ (print 1 |) }}", "15001"],
  [
    "{{ $y = 2 }}",
    '<error expanding template: error executing template __alert_T: template: __alert_T:1:120: executing "__alert_T" at <2>: undefined variable: $y>',
  ],
];

/** Templates that do not parse, with a part of what is said. */
export const BROKEN: readonly (readonly [template: string, message: string, line: number, column: number])[] = [
  ["{{ 1 | 2 }}", "non executable command in pipeline stage 2", 1, 8],
  ["{{ foo }}", 'function "foo" not defined', 1, 4],
  ["a\nb {{ $nope }}", 'undefined variable "$nope"', 2, 6],
  ["{{ if $value }}x", "unexpected EOF", 1, 17],
  ["{{ if $value }}x{{ else }}y{{ else }}z{{ end }}", "expected end; found {{else}}", 1, 31],
  ["x {{ end }}", "unexpected {{end}}", 1, 6],
  ["{{ $value", "unclosed action", 1, 3],
  ['{{ "abc }}', "unterminated quoted string", 1, 4],
  ["{{ `abc }}", "unterminated raw quoted string", 1, 4],
  ['{{ "\\q" }}', "invalid syntax", 1, 4],
  ["{{ (print 1 }}", "unclosed left paren", 1, 13],
  ["{{ print 1) }}", "unexpected right paren", 1, 11],
  ["{{ /* open", "unexpected", 1, 4],
  ["{{/* open", "unclosed comment", 1, 1],
  ["{{ }}", "missing value for command", 1, 4],
  ["{{ $x := }}", "missing value for command", 1, 4],
  ["{{ 1x }}", "bad number syntax", 1, 4],
  ["{{ 99999999999999999999 }}", "integer overflow", 1, 4],
  ["{{ $a, $b := $labels }}", "too many declarations", 1, 4],
  ["{{ break }}", "{{break}} outside {{range}}", 1, 4],
  ['{{ range $labels }}{{ define "x" }}{{ end }}{{ end }}', "unexpected <define>", 1, 23],
  ['{{ tmpl "x" . }}', 'function "tmpl" not defined', 1, 4],
  ["{{ $value! }}", "bad character U+0021 '!'", 1, 10],
  ['{{ "a""b" }}', "unexpected", 1, 7],
  ["{{ | print }}", 'unexpected "|" in command', 1, 4],
  ["{{ if true }}{{ $z := 1 }}{{ end }}{{ $z }}", 'undefined variable "$z"', 1, 39],
  ["{{ 'ab' }}", "malformed character constant", 1, 4],
  ["{{ template foo }}", 'unexpected "foo" in template clause', 1, 13],
];
