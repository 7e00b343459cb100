"""What people see in a browser, alike in every service: labels, languages, dates, pages, styles.

A service brings its own templates, words and style sheets; the layout and the style sheet of the
house lie here. What a page needs of other people's packages is copied into
``static/vendor/<package>-<version>/`` beside its licence, because no page loads anything from
another host: htmx (0BSD) and Leaflet (BSD 2-clause).
"""
