# The first figure of a page (report.html), as a file of its own: without the links of its points.

{ text = text (NR > 1 ? "\n" : "") $0 }

END {
    start = index(text, "<svg class=\"tombola-figure\"")
    text = substr(text, start)
    text = substr(text, 1, index(text, "</svg>") + 5)
    gsub(/<a [^>]*>|<\/a>/, "", text)
    sub(/<svg /, "<svg xmlns=\"http://www.w3.org/2000/svg\" ", text)
    print text
}
