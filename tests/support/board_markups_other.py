"""Markup of other versions and themes of the systems in `board_markups`."""

from __future__ import annotations

from dataclasses import replace

from tests.support.board_markups import INVISION4, MYBB18, PHPBB3, SMF20, VANILLA, VBULLETIN4, WOLTLAB5

__all__ = ["OTHER_BOARDS"]

SUBSILVER2 = replace(
    PHPBB3,
    page="""<html><body class="ltr"><div id="wrapheader"></div><div
        id="wrapcentre">{body}{following}</div></body></html>""",
    following="""<table><tr><td class="gensmall">Goto page <b>1</b>, <a href=".{url}">2</a> <a
        href=".{url}">Next</a></td></tr></table>""",
    index="""<table class="tablebg"><tr><td class="row1"><a class="forumlink"
        href=".{forum}">Garden</a></td></tr></table>""",
    forum='<table class="tablebg">{rows}</table>',
    row="""<tr><td class="row1"><a href="./viewtopic.php?f=2&amp;t={number}" class="topictitle">{title}</a></td><td
        class="row2">
        <p class="topicauthor"><a>Ann</a></p></td><td class="row1"><p class="topicdetails">{british}</p><p
        class="topicdetails"><a>Cy</a></p></td></tr>""",
    thread="""<div id="pageheader"><h2><a class="titles"
        href="./viewtopic.php?f=2&amp;t={number}">{title}</a></h2></div>
        {posts}""",
    post="""<table class="tablebg"><tr class="row1"><td><a name="p{id}"></a><b
        class="postauthor">{author}</b></td><td><table><tr>
        <td class="gensmall"><div style="float: left;">&nbsp;<b>Post subject:</b> {title}</div><div style="float:
        right;"><a
        href="./viewtopic.php?p={id}#p{id}"><img></a><b>Posted:</b>
        {british}&nbsp;</div></td></tr></table></td></tr><tr
        class="row1"><td class="profile"><span class="postdetails"><b>Joined:</b> 10 Apr 2020,
        08:51</span></td><td><table><tr><td>
        <div class="postbody">{quote}{text}</div><br><div class="postbody">_________________<br>signed
        words</div><span
        class="gensmall">Last edited by Ann</span></td></tr></table></td></tr><tr class="row1"><td
        class="profile"></td><td><div
        class="gensmall"><a href="./memberlist.php?mode=viewprofile&amp;u=5">profile</a></div></td></tr></table>""",
    quote='<div class="quotetitle">{name} wrote:</div><div class="quotecontent">{text}</div>',
)

PHPBB2 = replace(
    SUBSILVER2,
    page="<html><body><table><tr><td>{body}</td></tr></table>{following}</body></html>",
    following="""<table><tr><td><span class="nav">Goto page <b>1</b>, <a href="{url}">2</a> <a
        href="{url}">Next</a></span></td></tr></table>""",
    index="""<table><tr><td class="row1"><span class="forumlink"><a href="{forum}"
        class="forumlink">Garden</a></span></td></tr></table>""",
    forum="<table>{rows}</table>",
    row="""<tr><td class="row1"><span class="topictitle"><a href="{path}"
        class="topictitle">{title}</a></span></td><td><span
        class="name"><a>Ann</a></span></td><td class="row3Right"><span
        class="postdetails">{british}<br><a>Cy</a></span></td></tr>""",
    thread='<a class="maintitle" href="{path}">{title}</a><table>{posts}</table>',
    post="""<tr><td class="row1"><span class="name"><a name="{id}"></a><b>{author}</b></span><br><span
        class="postdetails">Joined:
        10 Apr 2020</span></td><td class="row1"><table><tr><td><a href="viewtopic.php?p={id}#{id}"><img></a><span
        class="postdetails">Posted: {british}<span class="gen">&nbsp;</span>Post subject:
        {title}</span></td></tr><tr><td><hr></td>
        </tr><tr><td colspan="2"><span class="postbody"></span>{quote}<span class="postbody">{text}</span><span
        class="postbody"><br>
        _________________<br>signed words</span><span class="gensmall"><br>Last edited by
        Ann</span></td></tr></table><a
        href="profile.php?mode=viewprofile&amp;u=5">profile</a></td></tr>""",
    quote="""<table><tr><td><span class="genmed"><b>{name} wrote:</b></span></td></tr><tr><td
        class="quote">{text}</td></tr></table>""",
)

VBULLETIN5 = replace(
    VBULLETIN4,
    forum_path=lambda page: "/forum/garden" + (f"/page{page}" if page > 1 else ""),
    thread_path=lambda one, page: f"/forum/garden/{one.number}-{one.slug}" + (f"/page{page}" if page > 1 else ""),
    page="""<html><head>{following}</head><body id="vb-page-body" class="l-desktop vb-page
        view-mode">{body}</body></html>""",
    following='<link rel="next" href="{url}">',
    index="""<table><tr class="forum-item"><td class="cell-forum"><a href="{forum}"
        class="forum-title">Garden</a></td></tr>
        </table>""",
    forum="<table>{rows}</table>",
    row="""<tr class="topic-item" data-node-id="{number}"><td class="cell-topic"><a href="{path}"
        class="topic-title">{title}</a>
        <span class="date">05-08-2009</span></td><td class="cell-lastpost"><span>by <a>Cy</a></span><span
        class="post-date">{us}
        </span></td></tr>""",
    thread="""<div class="b-module"><h1 class="main-title">{title}</h1></div><ul
        class="conversation-list">{posts}</ul>""",
    post="""<li data-node-id="{id}" data-node-publishdate="{stamp}" class="list-item b-post js-post"><a
        id="post{id}"></a><div
        class="b-userinfo"><div class="author"><strong><a href="/member/7-{author}"><span
        itemprop="name">{author}</span></a>
        </strong></div><ul><li>Join Date: May 2006</li></ul></div><div class="b-post__body"><h2
        class="b-post__title">{title}</h2>
        <div class="b-post__timestamp"><time itemprop="dateCreated" datetime="{iso}">{us}</time></div><a
        class="b-post__count"
        href="{path}#post{id}">#{place}</a><div class="js-post__content-text restore"
        itemprop="text">{quote}{text}</div><div
        class="post-signature">signed words</div></div></li>""",
)

INVISION3 = replace(
    INVISION4,
    page='<html><head>{following}</head><body id="ipboard_body">{body}</body></html>',
    index="""<table><tr class="row1"><td class="col_c_forum"><h4><a
        href="{forum}">Garden</a></h4></td></tr></table>""",
    forum="<table>{rows}</table>",
    row="""<tr class="row1"><td class="col_f_content"><h4><a class="topic_title"
        href="{path}">{title}</a></h4></td><td
        class="col_f_post"><ul class="last_post"><li><a>Cy</a></li><li><a>{british}</a></li></ul></td></tr>""",
    thread='<h1 class="ipsType_pagetitle">{title}</h1>{posts}',
    post="""<div class="post_block hentry" id="post_id_{id}"><div class="post_wrap"><h3><span class="post_id"><a
        rel="bookmark"
        href="{path}#entry{id}">#{place}</a></span><span class="author vcard"><a class="url fn"
        href="/user/7-{author}/">{author}
        </a></span></h3><div class="post_body"><p class="posted_info">Posted <abbr class="published"
        title="{iso}">x</abbr></p><div
        class="post entry-content">{quote}<p>{text}</p><p class="edit"><strong>Edited by Ann</strong></p></div><div
        class="signature">signed words</div></div></div></div>""",
    quote="""<p class="citation">{name}, on 08 May 2009 - 02:03 AM, said:</p><blockquote class="ipsBlockquote"
        data-author="{name}"
        data-cid="{number}"><p>{text}</p></blockquote>""",
)

INVISION5 = replace(
    INVISION4,
    index="""<ul class="ipsData"><li class="ipsData__item"><div class="ipsData__title"><a
        href="{forum}">Garden</a></div></li>
        </ul>""",
    forum='<ol class="ipsData">{rows}</ol>',
    row="""<li class="ipsData__item" data-rowid="{number}"><div class="ipsData__title"><h4><a
        href="{path}">{title}</a></h4></div>
        <div class="ipsData__last"><a>Cy</a><time datetime="{iso}">x</time></div></li>""",
    thread='<header class="ipsPageHeader"><h1 class="ipsPageHeader__title"><span>{title}</span></h1></header>{posts}',
    post="""<article id="elComment_{id}" class="ipsEntry js-ipsEntry"><header class="ipsEntry__header"><div
        class="ipsPhotoPanel">
        <h3 class="ipsEntry__username"><a class="ipsUsername" href="/profile/7-{author}/">{author}</a></h3><a
        class="ipsEntry__date"
        href="{path}#findComment-{id}"><time datetime="{iso}">x</time></a></div></header><div
        class="ipsEntry__post"><div
        class="ipsRichText ipsRichText--user" data-role="commentContent">{quote}<p>{text}</p></div></div><div
        class="ipsEntry__signature">signed words</div></article>""",
)

SMF11 = replace(
    SMF20,
    page="""<html><head><title>Mulch or not</title><script>var smf_theme_url =
        "/";</script></head><body>{body}{following}
        </body></html>""",
    following="""<table><tr><td class="middletext">Pages: [<b>1</b>] <a class="navPages"
        href="{url}">2</a></td></tr></table>""",
    index="""<table class="bordercolor"><tr><td class="windowbg2"><b><a href="{forum}"
        name="b2">Garden</a></b></td></tr></table>""",
    forum='<table class="bordercolor">{rows}</table>',
    row="""<tr><td class="windowbg2"><img></td><td class="windowbg"><span id="msg_5{number}"><a
        href="{path}">{title}</a></span></td>
        <td class="windowbg2"><a>Ann</a></td><td class="windowbg2"><a href="{path};msg9"><img></a><span
        class="smalltext">{long}<br>
        by <a>Cy 2011</a></span></td></tr>""",
    thread='<table class="bordercolor">{posts}</table>',
    post="""<tr><td><a name="msg{id}"></a><table><tr><td class="windowbg"><table style="table-layout:
        fixed;"><tr><td rowspan="2"><b>
        <a href="/index.php?action=profile;u=7">{author}</a></b><div
        class="smalltext">Newbie</div></td><td><table><tr><td><div
        style="font-weight: bold;" id="subject_{id}"><a href="/index.php?topic={number}.msg{id}#msg{id}">Re:
        {title}</a></div><div
        class="smalltext">&laquo; <b>Reply #{reply} on:</b> {long} &raquo;</div></td></tr></table><hr><div
        class="post">{quote}{text}
        </div></td></tr><tr><td class="smalltext"><div class="signature">signed
        words</div></td></tr></table></td></tr></table></td>
        </tr>""",
    quote="""<div class="quoteheader"><a href="/index.php?topic=1.msg{number}#msg{number}">Quote from: {name} on May
        08, 2009,
        02:03:04 am</a></div><div class="quote">{text}</div>""",
)

MYBB16 = replace(
    MYBB18,
    page="""<html><head><script src="/jscripts/general.js?ver=1603"></script></head><body><div
        class="navigation"><a>Board</a>
        <span class="active">Mulch or not</span></div>{body}{following}</body></html>""",
    post="""<table class="tborder" id="post_{id}"><tbody><tr><td class="trow1"><a name="pid{id}"
        id="pid{id}"></a><table><tr><td
        class="post_author"><strong><span class="largetext"><a
        href="member.php?action=profile&amp;uid=7">{author}</a></span></strong>
        <br><span class="smalltext">Junior Member</span></td><td class="smalltext post_author_info">Joined: May
        2006</td></tr></table>
        </td></tr><tr><td class="trow2 post_content"><span class="smalltext"><strong>{title}</strong></span><div
        class="post_body"
        id="pid_{id}">{quote}{text}</div><div class="post_meta"></div></td></tr><tr><td class="trow1
        post_buttons"><div
        style="float: right"><strong>Post: <a href="{path}&amp;pid={id}#pid{id}">#{place}</a></strong></div><span
        class="smalltext post_date">{us}</span></td></tr></tbody></table>""",
)

WOLTLAB4 = replace(
    WOLTLAB5,
    page='<html><head>{following}</head><body id="tplThread">{body}</body></html>',
    thread="""<header class="boxHeadline"><h1>{title}</h1></header><ul class="wbbThreadPostList
        messageList">{posts}</ul>""",
    post="""<li id="post{id}" class="marginTop"><article class="message" data-post-id="{id}"><div><aside
        class="messageSidebar"><header>
        <h2 class="username"><a href="/user/7-x/" rel="author">{author}</a></h2></header></aside><section
        class="messageContent"><div>
        <header class="messageHeader"><ul class="messageQuickOptions"><li><a
        href="{path}?postID={id}#post{id}">{place}</a></li></ul>
        <div class="messageHeadline"><p><a href="{path}?postID={id}#post{id}" class="permalink"><time
        datetime="{iso}">x</time></a></p>
        </div></header><div class="messageBody"><div><div class="messageText">{quote}<p>{text}</p></div></div><div
        class="messageSignature">signed words</div></div></div></section></div></article></li>""",
    quote="""<blockquote class="container containerPadding quoteBox"
        cite="/thread/1-x/?postID={number}#post{number}"><header><h3><a>
        Quote from {name}</a></h3></header><div><p>{text}</p></div></blockquote>""",
)

WOLTLAB6 = replace(
    WOLTLAB5,
    post=WOLTLAB5.post.replace(
        '<time datetime="{iso}">x</time>', '<woltlab-core-date-time date="{iso}">x</woltlab-core-date-time>'
    ),
    row=WOLTLAB5.row.replace(
        '<time\n        datetime="{iso}" class="datetime" data-timestamp="{stamp}">x</time>',
        '<woltlab-core-date-time date="{iso}">x</woltlab-core-date-time>',
    ),
)

VANILLA_TABLES = replace(
    VANILLA,
    index="""<table class="DataTable CategoryTable"><tr class="Item Category"><td class="CategoryName"><h3
        class="CategoryName-Title"><a href="{forum}">Garden</a></h3></td></tr></table>""",
    forum='<table class="DataTable DiscussionsTable">{rows}</table>',
    row="""<tr id="Discussion_{number}" class="Item ItemDiscussion"><td class="DiscussionName"><a class="Title"
        href="{path}">{title}</a></td><td class="BlockColumn FirstUser"><a class="CommentDate"><time
        datetime="2009-05-08T02:03:00Z">x</time></a></td><td class="BlockColumn LastUser"><a>Cy</a><a
        class="CommentDate"><time
        datetime="{iso}">x</time></a></td></tr>""",
)

OTHER_BOARDS = {
    "subsilver2": SUBSILVER2, "phpbb2": PHPBB2, "vbulletin5": VBULLETIN5, "invision3": INVISION3, "invision5":
        INVISION5,
    "smf11": SMF11, "mybb16": MYBB16, "woltlab4": WOLTLAB4, "woltlab6": WOLTLAB6, "vanilla-tables": VANILLA_TABLES,
}  # fmt: skip
